import Analysis

/// Buckets that are two lists of numbers in JSON, the bounds and the counts up to each: they are most of what the journal holds of a
/// look, and a look comes every two seconds.
@propertyWrapper package struct BucketLists: Codable, Sendable, Equatable {
    package var wrappedValue: [RouterObservation.LatencyBucket]

    package init(wrappedValue: [RouterObservation.LatencyBucket]) { self.wrappedValue = wrappedValue }

    package init(from decoder: any Decoder) throws {
        do {
            wrappedValue = try LatencyHistogram(from: decoder).counts.map { .init(upTo: $0.upTo, count: $0.count) }
        } catch DecodingError.typeMismatch {
            // Of records before these lists: an object for each bucket.
            wrappedValue = try [RouterObservation.LatencyBucket](from: decoder)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        try LatencyHistogram(wrappedValue.map { (upTo: $0.upTo, count: $0.count) }).encode(to: encoder)
    }
}
