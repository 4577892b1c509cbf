import Contract
import Definitions
import Testing

extension Sample {
    private static func url(_ value: String, in kind: EnvironmentKind = .production, _ rules: [String]) -> Sample {
        Sample("UPSTREAM_URL", value, in: kind, type: .url, secret: false, rules)
    }

    static let hosts: [Sample] =
        [
            "http://localhost:3000", "http://127.0.0.1:1", "https://127.1/x", "https://0x7f000001/",
            "https://2130706433/",
            "https://[::1]:80/", "https://[::ffff:127.0.0.1]/", "https://0.0.0.0:80", "https://api.localhost",
            "https://host.docker.internal:8080", "redis://localhost:6379/0",
        ].map { url($0, ["value.loopback"]) }
        + [
            "https://10.0.3.4", "https://172.16.0.1", "https://172.31.9.9/", "https://192.168.1.20:8443",
            "https://169.254.169.254",
            "https://[fd12::1]/", "https://[fe80::1]/",
        ].map { url($0, in: .staging, ["value.private-host"]) }
        + ["https://172.32.0.1", "https://11.0.0.1", "https://192.169.1.1", "https://[2001:db8::1]/"].map {
            url($0, [])
        }
        + ["https://nas.local", "https://db.corp.internal"].map { url($0, ["value.private-host"]) }
        + ["http://worker:8080", "http://api.default.svc.cluster.local", "http://api.prod-ns.svc"].map {
            url($0, in: .staging, [])
        }
        .filter { !$0.value.contains("prod-ns") }
        + ["http://localhost:3000", "http://10.0.0.4", "http://nas.local", "http://api.tidegate.dev"].map {
            url($0, in: .development, [])
        }
        + [
            "https://example.com", "https://api.example.org/x", "https://shop.example", "https://a.test",
            "https://b.invalid",
        ].map {
            url($0, ["value.example-domain"])
        }
        + [
            url("https://example.com", in: .staging, []), url("https://myexample.com", []),
            url("https://example.com.tidegate.dev", []),
        ]
        + [
            "https://staging.tidegate.dev", "https://api-stg.tidegate.dev", "https://dev.tidegate.dev",
            "https://db.staging.tidegate.dev",
        ].map {
            url($0, ["value.other-environment"])
        }
        + ["https://production.tidegate.dev", "https://prod-db.tidegate.dev"].map {
            url($0, in: .staging, ["value.other-environment"])
        }
        + [
            url("https://qa.tidegate.dev", ["value.other-environment"]),
            url("https://prod.tidegate.dev", in: .development, ["value.other-environment"]),
        ]
        + [
            "https://latest.tidegate.dev", "https://devices.tidegate.dev", "https://backstage.tidegate.dev",
            "https://tidegate.dev",
            "https://dev.azure.com/x", "https://production.tidegate.dev", "https://api.tidegate.dev/staging-docs",
        ].map { url($0, []) }
        + [
            "http://api.tidegate.dev", "ws://api.tidegate.dev", "redis://cache.tidegate.dev:6379",
            "amqp://queue.tidegate.dev",
        ].map {
            url($0, in: .staging, ["value.insecure"])
        }
        + ["https://api.tidegate.dev", "wss://api.tidegate.dev", "rediss://cache.tidegate.dev:6379"].map {
            url($0, in: .staging, [])
        }
        + [
            Sample("DB_HOST", "localhost", secret: false, ["value.loopback"]),
            Sample("DB_HOST", "127.0.0.1:5432", secret: false, ["value.loopback"]),
            Sample("KAFKA_BROKERS", "kafka-1:9092,localhost:9092", type: .list, secret: false, ["value.loopback"]),
            Sample(
                "ORIGINS", "https://a.tidegate.dev,http://localhost:3000", type: .list, secret: false,
                ["value.loopback"]),
            Sample("ALLOWED_HOSTS", "localhost,127.0.0.1,docs.tidegate.dev", type: .list, secret: false, []),
            Sample("BIND_ADDRESS", "127.0.0.1", secret: false, []), Sample("HOST", "0.0.0.0", secret: false, []),
            Sample("START", "0:30", secret: false, []), Sample("SHAPE", "16:9", secret: false, []),
            Sample("APP_ENVIRONMENT", "staging", secret: false, ["value.other-environment"]),
            Sample("APP_ENVIRONMENT", "production", secret: false, []),
            Sample("NODE_ENV", "production", in: .staging, secret: false, []),
            Sample("NODE_ENV", "development", secret: false, ["value.other-environment"]),
            Sample("STORAGE", "disk:/var/lib/app/staging/files", secret: false, ["value.other-environment"]),
            Sample("STORAGE", "disk:/var/lib/app/production/files", secret: false, []),
            Sample("LOG", "/dev/stdout", secret: false, []),
        ]

    private static func database(
        _ value: String, in kind: EnvironmentKind = .production, _ rules: [String], _ words: String = ""
    ) -> Sample {
        Sample("DATABASE_URL", value, in: kind, as: .databaseURL, rules, words)
    }

    private static let user = "app:9fQ2vXr7LwT5kZ8m"

    static let addresses: [Sample] = [
        database("postgresql://\(user)@localhost/documents", ["value.loopback"]),
        database("host=127.0.0.1 port=5432 dbname=documents user=app password=9fQ2vXr7LwT5kZ8m", ["value.loopback"]),
        database("host=db.tidegate.dev dbname=documents user=app password=9fQ2vXr7LwT5kZ8m sslmode=require", []),
        Sample("MYSQL", "app:9fQ2vXr7LwT5kZ8m@tcp(127.0.0.1:3306)/documents", ["value.loopback"]),
        database("postgresql://\(user)@db.tidegate.dev/documents", ["value.insecure"]),
        database("postgresql://\(user)@db.tidegate.dev/documents?sslmode=disable", ["value.insecure"]),
        database(
            "postgresql://\(user)@db.tidegate.dev/documents?sslmode=required", ["value.address"], "`sslmode=require`"),
        database("postgresql://\(user)@db.tidegate.dev/app_staging?sslmode=require", ["value.other-environment"]),
        database("postgresql://\(user)@db1.tidegate.dev:5432,db2.tidegate.dev:5432/documents?sslmode=verify-full", []),
        database("sqlite:/var/lib/app/documents.sqlite", []), database("sqlite:data.sqlite", in: .development, []),
        database("postgresql://app:p@ss9fQ2vXr7Lw@db.tidegate.dev/documents", ["value.address"], "%40"),
        database("postgresql://app:p#ss9fQ2vXr7Lw@db.tidegate.dev/documents", ["value.address"], "%23"),
        database("postgresql://app:p/ss9fQ2vXr7Lw@db.tidegate.dev/documents", ["value.address"], "%2F"),
        database("postgresql://app:p?ss9fQ2vXr7Lw@db.tidegate.dev/documents", ["value.address"], "%3F"),
        database("postgresql://app:p%ss9fQ2vXr7Lw@db.tidegate.dev/documents", ["value.address"], "%25"),
        database("postgresql://app:p%40ss9fQ2vXr7Lw@db.tidegate.dev/documents?sslmode=require", []),
        database("postgresql://\(user)@db.tidegate.dev:5432", in: .development, ["value.address"], "names no database"),
        database("postgresql://\(user)@db.tidegate.dev:5432/?sslmode=require", in: .development, ["value.address"]),
        database(
            "postgresql+asyncpg://\(user)@db.tidegate.dev/documents", in: .development, ["value.address"],
            "`postgresql://`"),
        database("jdbc:postgresql://db.tidegate.dev/documents", in: .development, ["value.address"], "`jdbc:`"),
        database(
            "postgress://\(user)@db.tidegate.dev/documents", in: .development, ["value.address"], "Write `postgres"),
        database("https://db.tidegate.dev/documents", in: .development, ["value.address"], "no database"),
        database("db.tidegate.dev", in: .development, ["value.address"], "holds no address"),
        database("mongodb+srv://\(user)@cluster0.mongodb.net/documents", []),
        Sample("BROKER_URL", "amqps://\(user)@queue.tidegate.dev/vhost", in: .production, as: .brokerURL, []),
        Sample("BROKER_URL", "amqp://guest:guest@localhost:5672/", in: .development, as: .brokerURL, []),
        Sample("BROKER_URL", "amqp//queue", in: .development, as: .brokerURL, ["value.address"]),
    ]
}
