/// The ids of documents and chunks follow from their content, so that doing work twice stores it once.
package enum DocumentIdentity {
    /// 6c8a1e6e-1f0b-4aa8-9f0a-1a7c2e6f2b42
    private static let namespace = UUIDBytes("6c8a1e6e-1f0b-4aa8-9f0a-1a7c2e6f2b42")

    /// One user's document of these bytes.
    package static func document(user: String, sha256: String) -> String {
        id("\(user):\(sha256)")
    }

    /// The chunk at `ordinal` (from 0) that `chunker` in `version` cut from a document.
    package static func chunk(document: String, chunker: String, version: String, ordinal: Int) -> String {
        id("\(document):\(chunker):\(version):\(ordinal)".lowercased())
    }

    /// The name under which the object storage has a document's bytes.
    package static func objectKey(user: String, document: String) -> String { "\(user)/\(document).pdf" }

    /// The bucket, 0…99, that decides which worker's share a job falls into (FNV-1a over the id's bytes).
    package static func bucket(job: String) -> Int {
        let hash = job.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return Int((hash ^ hash >> 32) % UInt64(JobBuckets.count))
    }

    private static func id(_ name: String) -> String {
        // The namespace is a literal: a bug in it would be a bug in memory.
        guard let namespace else { preconditionFailure("the namespace of document ids is not a UUID") }
        return NamedUUID.version5(namespace: namespace, name: name)
    }
}

/// A worker's share of the jobs: buckets from `lower` up to, not including, `upper`, out of 100.
package struct JobBuckets: Sendable, Equatable {
    package static let count = 100
    package static let none = JobBuckets(0, 0)
    package static let all = JobBuckets(0, count)

    package let lower: Int
    package let upper: Int

    private init(_ lower: Int, _ upper: Int) {
        self.lower = lower
        self.upper = upper
    }

    /// Nil unless 0 ≤ `from` ≤ `to` ≤ 100.
    package init?(from: Int, to: Int) {
        guard 0 <= from, from <= to, to <= JobBuckets.count else { return nil }
        self.init(from, to)
    }

    package var isEmpty: Bool { lower == upper }

    package func contains(_ bucket: Int) -> Bool { lower <= bucket && bucket < upper }
}
