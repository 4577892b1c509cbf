"""64 callers ask LiteLLM's proxy (litellm.yaml) three times each, as fast as it answers: what was spent of its budget?"""

import asyncio
import collections
import sys
import time

import httpx

CALLERS, TURNS, BUDGET, TOKEN = 64, 3, 1.0, 0.001
QUESTION = {"model": "small", "max_tokens": 20, "messages": [{"role": "user", "content": "how much does this cost"}]}


async def caller(client, address, answers):
    for _ in range(TURNS):
        answer = await client.post(f"{address}/v1/chat/completions", json=QUESTION)
        tokens = answer.json()["usage"]["total_tokens"] if answer.status_code == 200 else 0
        answers.append((answer.status_code, tokens))


async def race(address):
    answers = []
    async with httpx.AsyncClient(timeout=300, limits=httpx.Limits(max_connections=CALLERS)) as client:
        start = time.monotonic()
        await asyncio.gather(*(caller(client, address, answers) for _ in range(CALLERS)))
        took = time.monotonic() - start
    spent = sum(tokens for _, tokens in answers) * TOKEN
    codes = dict(collections.Counter(code for code, _ in answers))
    print(f"{len(answers)} requests, {len(answers) / took:.0f} a second: {codes}")
    print(f"spent {spent:.3f} of {BUDGET:.3f} USD: overspend {max(0, spent - BUDGET):.3f}")


asyncio.run(race(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:4801"))
