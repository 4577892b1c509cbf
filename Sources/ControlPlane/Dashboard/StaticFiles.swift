/// The three files that pages load, part of the program so that nothing has to be installed beside it.
enum StaticFiles {
    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" \
        fill="#0b5c6b"/><path d="M6 21c3.3 0 3.3-3 6.7-3s3.3 3 6.6 3 3.4-3 6.7-3M16 5v9m-4-4 4 4 4-4" \
        fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>
        """

    /// Keeps an open page current: asks for it again when the engine says that something changed, and puts the new
    /// content in place of the old. Says since when it is stale when the engine is away.
    static let script = """
        (() => {
          const live = document.getElementById('live');
          let seen = new Date(), asked = false, again = false;
          const clock = () => seen.toISOString().slice(11, 19);
          const say = (ok) => {
            live.textContent = ok ? 'live' : 'stale since ' + clock();
            live.className = ok ? 'ok' : 'stale';
          };
          const refresh = async () => {
            if (asked) { again = true; return; }
            asked = true;
            try {
              const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
              if (answer.ok) {
                const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
                const next = page.getElementById('main'), now = document.getElementById('main');
                if (next && next.innerHTML !== now.innerHTML) {
                  const open = [...now.querySelectorAll('details[open]')].map((d) => d.id);
                  now.innerHTML = next.innerHTML;
                  open.forEach((id) => id && document.getElementById(id)?.setAttribute('open', ''));
                }
                seen = new Date();
                say(true);
              }
            } catch { say(false); }
            setTimeout(() => { asked = false; if (again) { again = false; refresh(); } }, 250);
          };
          const events = new EventSource(document.body.dataset.events);
          events.onopen = () => { seen = new Date(); say(true); };
          events.onerror = () => say(false);
          events.addEventListener('change', refresh);
          setInterval(() => { if (!document.hidden) refresh(); }, 5000);
        })();

        """

    static let style = """
        :root {
          --ground: #fbfbf9; --sheet: #ffffff; --ink: #1b2226; --dim: #5d696f; --line: #dfe3e2; --faint: #f1f3f2;
          --accent: #0b5c6b; --good: #1c7040; --busy: #0d5f8c; --warn: #8a5a00; --bad: #b3261e;
          --sans: ui-sans-serif, system-ui, "Segoe UI", "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
          --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "Liberation Mono", monospace;
        }
        @media (prefers-color-scheme: dark) {
          :root:not([data-theme=light]) {
            --ground: #101517; --sheet: #161d20; --ink: #e4eaea; --dim: #93a1a6; --line: #2a3438; --faint: #1c2528;
            --accent: #6cc5d6; --good: #6fcf97; --busy: #7cc0ee; --warn: #e5b454; --bad: #ff8f86;
          }
        }
        :root[data-theme=dark] {
          --ground: #101517; --sheet: #161d20; --ink: #e4eaea; --dim: #93a1a6; --line: #2a3438; --faint: #1c2528;
          --accent: #6cc5d6; --good: #6fcf97; --busy: #7cc0ee; --warn: #e5b454; --bad: #ff8f86;
          color-scheme: dark;
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 14px/1.5 var(--sans); }
        a { color: var(--accent); text-decoration: none; }
        a:hover { text-decoration: underline; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
        .skip { position: absolute; left: -99em; }
        .skip:focus { left: 1em; top: .6em; background: var(--sheet); padding: .3em .6em; }
        body > header, main, body > footer { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
        body > header { display: flex; justify-content: space-between; align-items: baseline; gap: 24px;
          padding-top: 18px; padding-bottom: 14px; }
        nav a.home { font-weight: 650; letter-spacing: -.01em; color: var(--ink); }
        .slash { color: var(--dim); margin: 0 .55em; }
        .aside { display: flex; gap: 20px; align-items: baseline; }
        #live { font-size: 12px; color: var(--dim); min-width: 3em; text-align: right; }
        #live.ok::before { content: "● "; color: var(--good); }
        #live.stale { color: var(--bad); }
        main { border-top: 1px solid var(--line); padding-top: 26px; padding-bottom: 20px; }
        h1 { font-size: 26px; line-height: 1.2; font-weight: 640; letter-spacing: -.02em; margin: 0; }
        h2 { font-size: 12px; font-weight: 640; letter-spacing: .06em; text-transform: uppercase; color: var(--dim);
          margin: 0 0 8px; display: flex; justify-content: space-between; align-items: baseline; }
        h2 small { font-size: 12px; font-weight: 400; letter-spacing: 0; text-transform: none; }
        section { margin: 30px 0 0; }
        .headline { display: flex; flex-wrap: wrap; gap: 6px 18px; align-items: baseline; }
        .lede { margin: 8px 0 0; color: var(--dim); max-width: 78ch; }
        .lede strong { color: var(--ink); font-weight: 600; }
        .badge { white-space: nowrap; font-weight: 550; }
        .badge .icon { display: inline-block; width: 1.35em; }
        .good { color: var(--good); } .busy { color: var(--busy); } .warn { color: var(--warn); }
        .bad { color: var(--bad); } .quiet { color: var(--dim); }
        .scroll { overflow-x: auto; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th { text-align: left; font-size: 12px; font-weight: 500; color: var(--dim); white-space: nowrap; }
        th, td { padding: 6px 14px; border-bottom: 1px solid var(--line); vertical-align: baseline; }
        tbody tr:last-child td { border-bottom: 0; }
        tbody tr:hover td { background: var(--faint); }
        td { overflow-wrap: anywhere; }
        td:nth-child(-n+2) { overflow-wrap: break-word; }
        td:first-child, td.n { white-space: nowrap; }
        td.n, th.n { text-align: right; }
        code { font: 12px/1.4 var(--mono); color: inherit; }
        .none { margin: 0; color: var(--dim); }
        .dim { color: var(--dim); }
        .figures { display: flex; flex-wrap: wrap; gap: 0; margin: 22px 0 0; border: 1px solid var(--line);
          border-radius: 6px; background: var(--sheet); }
        .figures > div { padding: 12px 18px; border-right: 1px solid var(--line); flex: 1 1 auto; }
        .figures > div:last-child { border-right: 0; }
        .figures dt, .figures .label { font-size: 12px; color: var(--dim); }
        .figures .value { font-size: 19px; font-weight: 600; letter-spacing: -.01em; font-variant-numeric: tabular-nums; }
        .figures .under { font-size: 12px; color: var(--dim); }
        ol.steps { list-style: none; margin: 0; padding: 0; display: grid; gap: 1px; background: var(--sheet);
          border: 1px solid var(--line); border-radius: 6px; overflow: hidden;
          grid-template-columns: repeat(auto-fill, minmax(176px, 1fr)); }
        ol.steps li { background: var(--sheet); box-shadow: 0 0 0 1px var(--line); padding: 9px 14px; min-height: 62px; }
        ol.steps li.now { background: var(--faint); box-shadow: 0 0 0 1px var(--line), inset 0 2px 0 var(--busy); }
        ol.steps .what { font-weight: 600; }
        ol.steps .which { font-size: 12px; }
        ol.events { list-style: none; margin: 0; padding: 0; font-variant-numeric: tabular-nums; }
        ol.events li { display: grid; grid-template-columns: 76px 1fr; gap: 12px; padding: 3px 0; }
        ol.events li + li { border-top: 1px solid var(--line); }
        ol.events time { color: var(--dim); font: 12px/1.8 var(--mono); }
        .bar { display: inline-block; width: 72px; height: 6px; background: var(--line); border-radius: 3px;
          overflow: hidden; vertical-align: 1px; margin-right: 8px; }
        .bar svg { display: block; width: 100%; height: 100%; }
        .bar rect { fill: var(--accent); }
        .columns { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 34px; }
        @media (max-width: 860px) {
          .columns { grid-template-columns: 1fr; }
          /* The words at the end of many columns would stand one below the other. */
          td:last-child:nth-child(n+7) { min-width: 24em; }
        }
        .alerts { border-left: 3px solid var(--bad); padding: 2px 0 2px 14px; margin: 22px 0 0; list-style: none; }
        .alerts li { padding: 2px 0; }
        pre { font: 12px/1.5 var(--mono); background: var(--sheet); border: 1px solid var(--line); border-radius: 6px;
          padding: 12px 14px; overflow-x: auto; margin: 0; }
        body > footer { display: flex; justify-content: space-between; gap: 20px; color: var(--dim); font-size: 12px;
          padding-top: 22px; padding-bottom: 30px; }
        @media (prefers-reduced-motion: no-preference) {
          .busy .icon { animation: breathe 1.6s ease-in-out infinite; }
          @keyframes breathe { 50% { opacity: .35; } }
        }

        """
}
