import CPostgres
import Foundation

/// One statement's answer; frees what libpq allocated for it.
final class PostgresResult {
    private let handle: OpaquePointer?

    /// - Parameter handle: libpq's result, or nothing when it ran out of memory or has no connection.
    init(_ handle: OpaquePointer?) {
        self.handle = handle
    }

    deinit { PQclear(handle) }

    var succeeded: Bool {
        let status = PQresultStatus(handle)
        return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK
    }

    /// How many rows an `INSERT`, `UPDATE` or `DELETE` changed; 0 for anything else.
    var changes: Int { Int(String(cString: PQcmdTuples(handle))) ?? 0 }

    var sqlState: String { field("C") ?? "" }
    var message: String { field("M") ?? "" }
    var constraint: String? { field("n") }

    func rows() throws(DatabaseError) -> [Row] {
        let columns = (0..<PQnfields(handle)).map { String(cString: PQfname(handle, $0)) }
        let types = (0..<PQnfields(handle)).map { PQftype(handle, $0) }
        var rows: [Row] = []
        for row in 0..<PQntuples(handle) {
            var values: [SQLValue] = []
            for (column, type) in types.enumerated() {
                values.append(try value(row, Int32(column), type, columns[column]))
            }
            rows.append(Row(columns: columns, values: values))
        }
        return rows
    }

    private func value(_ row: Int32, _ column: Int32, _ type: UInt32, _ name: String) throws(DatabaseError) -> SQLValue
    {
        guard PQgetisnull(handle, row, column) == 0 else { return .null }
        guard let start = PQgetvalue(handle, row, column) else { return .null }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(handle, row, column)))
        if type == PostgresType.bytea { return .blob(try Self.unhex(bytes, name)) }
        let text = String(decoding: bytes, as: UTF8.self)
        switch type {
        case PostgresType.bool: return .integer(text == "t" ? 1 : 0)
        case PostgresType.int2, PostgresType.int4, PostgresType.int8, PostgresType.oid:
            return .integer(try Self.integer(text, name))
        case PostgresType.numeric: return try Self.number(text, name)
        case PostgresType.float4, PostgresType.float8: return .real(try Self.double(text, name))
        default: return .text(text)
        }
    }

    /// Sums of integers arrive as `numeric`, as averages do: without a fraction it is an integer.
    private static func number(_ text: String, _ column: String) throws(DatabaseError) -> SQLValue {
        if text.utf8.contains(UInt8(ascii: ".")) || text == "NaN" { return .real(try double(text, column)) }
        return .integer(try integer(text, column))
    }

    private static func integer(_ text: String, _ column: String) throws(DatabaseError) -> Int64 {
        guard let value = Int64(text) else {
            throw .unexpectedColumn(name: column, reason: "\(text) does not fit into 64 bits")
        }
        return value
    }

    private static func double(_ text: String, _ column: String) throws(DatabaseError) -> Double {
        guard let value = Double(text) else { throw .unexpectedColumn(name: column, reason: "\(text) is no number") }
        return value
    }

    /// `bytea` as text: `\x` and two digits a byte.
    private static func unhex(_ text: UnsafeRawBufferPointer, _ column: String) throws(DatabaseError) -> [UInt8] {
        guard text.count >= 2, text.count.isMultiple(of: 2), text[0] == UInt8(ascii: "\\"), text[1] == UInt8(ascii: "x")
        else { throw .unexpectedColumn(name: column, reason: "the server does not write bytes in hexadecimal") }
        return [UInt8](unsafeUninitializedCapacity: text.count / 2 - 1) { buffer, count in
            count = text.count / 2 - 1
            for index in 0..<count {
                buffer[index] = digit(text[2 * index + 2]) << 4 | digit(text[2 * index + 3])
            }
        }
    }

    private static func digit(_ character: UInt8) -> UInt8 {
        character <= UInt8(ascii: "9") ? character &- UInt8(ascii: "0") : (character | 0x20) &- UInt8(ascii: "a") &+ 10
    }

    private func field(_ code: Unicode.Scalar) -> String? {
        PQresultErrorField(handle, Int32(code.value)).map { String(cString: $0) }
    }
}
