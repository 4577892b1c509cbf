import Foundation

/// The wire between instances and whoever talks to them, with faults on demand.
///
/// An artifact's command becomes a relay that listens in the instance's place and runs the program behind it, so that HAProxy and
/// the control plane need not know. Faults per connection need neither root nor the kernel's `netem`, which many kernels
/// lack; a share of lost segments costs what TCP's retransmission takes, as on a real wire.
package struct FaultyWire: Sendable {
    /// What happens to whom. The first rule that fits counts.
    package struct Fault: Encodable, Sendable {
        /// Who talks to the instance.
        package enum Caller: String, Encodable, Sendable {
            /// Clients, through the router.
            case clients
            /// The router's own checks.
            case router
            /// The control plane's probes and control paths.
            case engine
        }

        package var release: String?
        package var caller: Caller
        /// Only requests for exactly this path; nil for all.
        package var path: String?
        /// Seconds by which everything that the instance says comes later.
        package var delay = 0.0
        /// The share of segments from the instance that are lost, and sent again after a fifth of a second, then two fifths.
        package var loss = 0.0
        /// The share of requests that the wire answers with a reset.
        package var reset = 0.0

        package init(
            of release: String? = nil, _ caller: Caller, path: String? = nil, delay: Double = 0, loss: Double = 0,
            reset: Double = 0
        ) {
            self.release = release
            self.caller = caller
            self.path = path
            self.delay = delay
            self.loss = loss
            self.reset = reset
        }
    }

    private let stack: Stack
    private static let file = "wire.json"

    /// Lays the wire in front of both services of the stack's light artifacts.
    package init(_ stack: Stack) throws {
        self.stack = stack
        for service in ["api", "worker"] {
            let folder = "artifacts/\(service)"
            let relay = try stack.folder.write(
                "\(folder)/relay",
                Self.script.replacing("PROGRAM", with: stack.pipelinePath)
                    .replacing("FAULTS", with: stack.folder.file(Self.file)))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: relay)
            try stack.rewrite("\(folder)/artifact.json") {
                $0.replacing("\"\(stack.pipelinePath)\"", with: "\"./relay\"")
            }
        }
        try suffer()
    }

    /// These faults from now on, and no others.
    package func suffer(_ faults: Fault...) throws {
        let text = String(decoding: try JSONEncoder().encode(faults), as: UTF8.self)
        try text.write(toFile: stack.folder.file(Self.file), atomically: true, encoding: .utf8)
    }

    /// Shares are spread evenly, so that no test depends on luck.
    private static let script = #"""
        #!/usr/bin/python3
        import asyncio, json, os, signal, socket, struct, sys
        program, faults = 'PROGRAM', 'FAULTS'
        if sys.argv[1:] not in (['api'], ['worker']):
            os.execv(program, [program] + sys.argv[1:])
        release, name = os.environ['TIDEGATE_RELEASE'], 'UPLOAD_PIPELINE_PORT'
        port = int(os.environ[name])
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            inner = s.getsockname()[1]
        known, rules, counts = None, [], {}
        def fault(caller, path):
            global known, rules
            try:
                stamp = os.stat(faults).st_mtime_ns
                if stamp != known:
                    with open(faults) as f: rules = json.load(f)
                    known = stamp
            except (OSError, ValueError):
                pass
            for rule in rules:
                if rule['caller'] == caller and rule.get('release') in (None, release) and rule.get('path') in (None, path):
                    return rule
            return {}
        def hit(rule, kind):
            share = rule.get(kind, 0)
            key = (kind, rule.get('caller'), rule.get('path'))
            counts[key] = counts.get(key, 0) + share
            if share == 0 or counts[key] < 1: return False
            counts[key] -= 1
            return True
        def reset(writer):
            s = writer.get_extra_info('socket')
            if s is not None: s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            writer.transport.abort()
        def identify(head):
            lines = head.split(b'\r\n')
            words = lines[0].split()
            path = words[1].decode() if len(words) > 1 else ''
            names = [line.lower() for line in lines[1:]]
            if any(line.startswith(b'x-forwarded-for:') for line in names): return 'clients', path
            return ('router' if b'host: 127.0.0.1' in names else 'engine'), path
        relays = set()
        async def relay(reader, writer):
            relays.add(asyncio.current_task())
            asyncio.current_task().add_done_callback(relays.discard)
            try:
                up_reader, up_writer = await asyncio.open_connection('127.0.0.1', inner)
            except OSError:
                return reset(writer)
            who = ['', '']
            async def inward():
                while data := await reader.read(1 << 16):
                    if data.split(b' ', 1)[0] in (b'GET', b'POST', b'PUT', b'DELETE', b'HEAD', b'OPTIONS', b'PATCH'):
                        caller, path = identify(data.split(b'\r\n\r\n', 1)[0])
                        who[0], who[1] = caller, path
                        if hit(fault(caller, path), 'reset'):
                            reset(writer); up_writer.transport.abort()
                            return
                    up_writer.write(data)
                    await up_writer.drain()
                if up_writer.can_write_eof(): up_writer.write_eof()
            async def outward():
                while data := await up_reader.read(1 << 16):
                    rule, wait, again = fault(*who), 0, 0.2
                    while hit(rule, 'loss') and again < 5:
                        wait, again = wait + again, again * 2
                    if wait + rule.get('delay', 0) > 0: await asyncio.sleep(wait + rule.get('delay', 0))
                    writer.write(data)
                    await writer.drain()
                writer.close()
            try:
                await asyncio.gather(inward(), outward())
            except (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.transport.abort() if writer.transport.is_closing() else writer.close()
                up_writer.transport.abort()
        async def main():
            loop = asyncio.get_running_loop()
            # The whole group is told to end; the relay ends after the program.
            loop.add_signal_handler(signal.SIGTERM, lambda: None)
            server = await asyncio.start_server(relay, '127.0.0.1', port, backlog=1024)
            child = await asyncio.create_subprocess_exec(program, sys.argv[1], env={**os.environ, name: str(inner)})
            code = await child.wait()
            server.close()
            # What it said last is on its way yet.
            if relays: await asyncio.wait(relays, timeout=5)
            os._exit(code if code >= 0 else 128 - code)
        asyncio.run(main())
        """#
}
