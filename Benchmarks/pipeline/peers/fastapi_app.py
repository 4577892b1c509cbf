"""The pipeline API's three measured endpoints, written for FastAPI the usual way: asyncpg with a pool, PyJWT, pydantic.

Each does what Tidegate's does in the same tables, with the limits of documents. It does not count requests by the hour, nor look
whether the user may still do anything, and its transactions are read committed.

    uvicorn fastapi_app:app         serves; DATABASE_URL and JWT_SECRET are read from the environment
    python fastapi_app.py schema    makes the tables
    python fastapi_app.py tokens N  prints tokens of N users, which both APIs take
"""
import asyncio
import hashlib
import hmac
import os
import sys
import time
import uuid
from contextlib import asynccontextmanager
from typing import Annotated, Literal

import asyncpg
import jwt
from fastapi import Depends, FastAPI, Header, HTTPException, Query
from pydantic import BaseModel, Field

SECRET = os.environ.get("JWT_SECRET", "")
ISSUER = AUDIENCE = "upload-pipeline"
NAMESPACE = uuid.UUID("6c8a1e6e-1f0b-4aa8-9f0a-1a7c2e6f2b42")
SCHEMA = """
CREATE TABLE documents (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, filename TEXT NOT NULL, bytes_len BIGINT NOT NULL,
    sha256 TEXT NOT NULL, mime TEXT NOT NULL, ocr BIGINT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE jobs (id TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents (id), user_id TEXT NOT NULL,
    status TEXT NOT NULL, state TEXT NOT NULL, retry_count BIGINT NOT NULL DEFAULT 0, correlation_id TEXT NOT NULL,
    created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, upload_expires_at BIGINT NOT NULL);
CREATE INDEX jobs_by_user ON jobs (user_id, created_at);
CREATE INDEX jobs_by_document ON jobs (document_id);
CREATE TABLE upload_log (job_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, created_at BIGINT NOT NULL);
CREATE INDEX upload_log_by_user ON upload_log (user_id, created_at);
"""


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=10, max_size=10)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)


def caller(authorization: Annotated[str | None, Header()] = None) -> str:
    if not authorization or not authorization.startswith("Bearer "):
        raise HTTPException(401, "missing_token")
    try:
        claims = jwt.decode(authorization[7:], SECRET, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER)
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, str(error)) from error
    return claims["sub"]


class Upload(BaseModel):
    filename: Annotated[str, Field(min_length=1, max_length=120)]
    bytes_len: Annotated[int, Field(ge=1, le=26_214_400)]
    mime: Literal["application/pdf"]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    ocr: bool = False


class Announced(BaseModel):
    job_id: str
    document_id: str
    signed_url: str
    upload_expires_at: int


@app.get("/health")
async def health():
    async with app.state.pool.acquire() as connection:
        await connection.fetchval("SELECT 1")
    return {"status": "healthy", "checks": {"database": "ok"}}


@app.get("/api/v2/jobs")
async def jobs(
    user: Annotated[str, Depends(caller)],
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
):
    async with app.state.pool.acquire() as connection:
        total = await connection.fetchval("SELECT COUNT(*) FROM jobs WHERE user_id = $1", user)
        rows = await connection.fetch(
            """SELECT j.id AS job_id, j.status, j.state, j.retry_count, j.document_id, d.filename, d.bytes_len,
                   j.created_at, j.updated_at
               FROM jobs j JOIN documents d ON d.id = j.document_id
               WHERE j.user_id = $1 ORDER BY j.created_at DESC, j.id LIMIT $2 OFFSET $3""",
            user, limit, offset)
    more = offset + len(rows) < total
    return {
        "jobs": [dict(row) for row in rows],
        "pagination": {"limit": limit, "offset": offset, "total": total, "has_more": more},
    }


@app.post("/api/v2/upload")
async def upload(body: Upload, user: Annotated[str, Depends(caller)]) -> Announced:
    now = time.time_ns() // 1000
    expiry = now + 300_000_000
    document = str(uuid.uuid5(NAMESPACE, f"{user}:{body.sha256}"))
    async with app.state.pool.acquire() as connection, connection.transaction():
        job = await connection.fetchval(
            "SELECT id FROM jobs WHERE document_id = $1 ORDER BY created_at DESC LIMIT 1", document)
        if job is None:
            active = await connection.fetchval(
                """SELECT COUNT(*) FROM jobs WHERE user_id = $1 AND state IN ('queued', 'working', 'retryable')
                   AND (status <> 'uploaded' OR upload_expires_at > $2)""", user, now)
            today = await connection.fetchval(
                "SELECT COUNT(*) FROM upload_log WHERE user_id = $1 AND created_at > $2", user, now - 86_400_000_000)
            if active >= 1_000_000 or today >= 1_000_000:
                raise HTTPException(429, "too_many")
            job = str(uuid.uuid4())
            await connection.execute(
                "INSERT INTO documents VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                document, user, body.filename, body.bytes_len, body.sha256, body.mime, int(body.ocr), now)
            await connection.execute(
                "INSERT INTO jobs VALUES ($1, $2, $3, 'uploaded', 'queued', 0, $4, $5, $5, $6)",
                job, document, user, str(uuid.uuid4()), now, expiry)
            await connection.execute("INSERT INTO upload_log VALUES ($1, $2, $3)", job, user, now)
    seconds = expiry // 1_000_000
    signature = hmac.new(SECRET.encode(), f"PUT\n{job}\n{seconds}".encode(), hashlib.sha256).hexdigest()
    url = f"http://127.0.0.1/api/v2/uploads/{job}?expires={seconds}&signature={signature}"
    return Announced(job_id=job, document_id=document, signed_url=url, upload_expires_at=seconds)


async def make_schema():
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    await connection.execute(SCHEMA)
    await connection.close()


def token() -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(uuid.uuid4()), "role": "user", "nbf": now, "exp": now + 7200}
    return jwt.encode(claims, SECRET, algorithm="HS256", headers={"kid": "k1"})


if __name__ == "__main__":
    if sys.argv[1] == "schema":
        asyncio.run(make_schema())
    else:
        print("\n".join(token() for _ in range(int(sys.argv[2]))))
