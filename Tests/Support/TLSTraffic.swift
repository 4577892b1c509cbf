import Foundation
import Synchronization

/// POSTs over TLS from a client that never retries: half of the threads keep their connection, half open one for each request.
/// Counts answers by the serial number of the certificate that was shown.
package final class TLSTraffic: Sendable {
    private static let script = #"""
        import collections, json, socket, ssl, sys, threading, time
        port, name, threads, stop = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), threading.Event()
        context = ssl.create_default_context(cafile=sys.argv[4])
        head = ('POST %s HTTP/1.1\r\nHost: %s:%d\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'
                % (sys.argv[5], name, port)).encode()
        counts, lock = collections.Counter(), threading.Lock()
        def connect():
            s = context.wrap_socket(socket.create_connection(('127.0.0.1', port), timeout=20), server_hostname=name)
            return s, s.makefile('rb'), s.getpeercert()['serialNumber'].lower()
        def exchange(s, f):
            s.sendall(head)
            status = f.readline().split()
            length = 0
            while True:
                line = f.readline().strip().lower()
                if not line: break
                if line.startswith(b'content-length:'): length = int(line.split(b':')[1])
            f.read(length)
            return 'answered' if status[1:2] in ([b'200'], [b'201']) else 'failed ' + str(status)
        def work(keeps):
            s = None
            while not stop.is_set():
                try:
                    if s is None: s, f, serial = connect()
                    result = exchange(s, f) + ' ' + serial
                except Exception as e:
                    result, s = 'failed ' + repr(e), None
                with lock: counts[result] += 1
                if not keeps and s is not None:
                    s.close()
                    s = None
                time.sleep(0.01)
        workers = [threading.Thread(target=work, args=(i % 2 == 0,)) for i in range(threads)]
        for w in workers: w.start()
        for line in sys.stdin:
            with lock: print(json.dumps(counts), flush=True)
        stop.set()
        for w in workers: w.join()
        print(json.dumps(counts))
        """#

    private let process: Mutex<Process>
    private let input = Pipe()
    private let output = Pipe()

    /// - Parameters:
    ///   - name: whom the certificate must be for.
    ///   - authorities: a PEM file of the certificates that are accepted.
    package init(port: Int, name: String, path: String = "/x", threads: Int, authorities: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = ["-c", Self.script, String(port), name, String(threads), authorities, path]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        self.process = Mutex(process)
    }

    /// What was counted so far: `answered` and a serial number, or `failed` and why.
    package func counted() throws -> [String: Int] {
        try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            guard let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty else { break }
            line += byte
        }
        return try JSONDecoder().decode([String: Int].self, from: line)
    }

    /// Ends the load.
    package func end() throws -> [String: Int] {
        try input.fileHandleForWriting.close()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.withLock { $0.waitUntilExit() }
        return try JSONDecoder().decode([String: Int].self, from: data)
    }
}
