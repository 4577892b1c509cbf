/// The arguments of one statement as libpq wants them: types, pointers, lengths and formats side by side. Integers and
/// numbers go with their type, bytes in binary; text and null leave the type to the server.
struct PostgresParameters {
    private(set) var types: [UInt32] = []
    private(set) var lengths: [Int32] = []
    private(set) var formats: [Int32] = []
    private var offsets: [Int?] = []
    private var bytes: [UInt8] = []

    init(_ arguments: [any SQLConvertible], sql: String) throws(DatabaseError) {
        for argument in arguments {
            switch argument.sqlValue {
            case .null: append(nil, type: 0)
            case .integer(let value): append(Array(String(value).utf8), type: PostgresType.int8)
            case .real(let value): append(Array(String(value).utf8), type: PostgresType.float8)
            case .blob(let value): append(value, type: PostgresType.bytea, binary: true)
            case .text(let value):
                guard !value.utf8.contains(0) else {
                    throw .invalidStatement(sql: sql, reason: "PostgreSQL cannot store text with a zero byte")
                }
                append(Array(value.utf8), type: 0)
            }
        }
    }

    private mutating func append(_ value: [UInt8]?, type: UInt32, binary: Bool = false) {
        types.append(type)
        lengths.append(Int32(clamping: value?.count ?? 0))
        formats.append(binary ? 1 : 0)
        offsets.append(value == nil ? nil : bytes.count)
        bytes += value ?? []
        bytes.append(0)
    }

    var count: Int32 { Int32(clamping: types.count) }

    /// The pointers are valid within `body`.
    func withPointers<T>(_ body: ([UnsafePointer<CChar>?]) -> T) -> T {
        bytes.withUnsafeBytes { raw in
            body(
                offsets.map { offset in
                    offset.flatMap { raw.baseAddress?.advanced(by: $0).assumingMemoryBound(to: CChar.self) }
                })
        }
    }
}

/// Object identifiers of PostgreSQL's built-in types (`pg_type.dat`).
enum PostgresType {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let oid: UInt32 = 26
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let numeric: UInt32 = 1700
}
