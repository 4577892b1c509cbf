import Foundation
import Synchronization
import TestSupport

/// POSTs and GETs over keep-alive connections from a client that never retries; counts answers by their body.
final class Traffic: Sendable {
    private static let script = #"""
        import collections, json, socket, sys, threading, time
        port, threads, stop = int(sys.argv[1]), int(sys.argv[2]), threading.Event()
        counts, lock = collections.Counter(), threading.Lock()
        def connect():
            s = socket.create_connection(('127.0.0.1', port), timeout=10)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return s, s.makefile('rb')
        def exchange(s, f, number):
            if number % 3:
                s.sendall(b'POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody')
            else:
                s.sendall(b'GET /x HTTP/1.1\r\nHost: t\r\n\r\n')
            status = f.readline().split()
            length, closes = 0, False
            while True:
                line = f.readline().strip().lower()
                if not line: break
                if line.startswith(b'content-length:'): length = int(line.split(b':')[1])
                if line == b'connection: close': closes = True
            body = f.read(length).decode()
            return body if status[1:2] == [b'200'] else 'failed ' + str(status), closes
        def work():
            number, s = 0, None
            while not stop.is_set():
                number += 1
                try:
                    if s is None: s, f = connect()
                    result, closes = exchange(s, f, number)
                    if closes: s = s.close()
                except Exception as e:
                    result, s = 'failed ' + repr(e), None
                with lock: counts[result] += 1
                time.sleep(0.01)
        workers = [threading.Thread(target=work) for _ in range(threads)]
        for w in workers: w.start()
        sys.stdin.read()
        stop.set()
        for w in workers: w.join()
        print(json.dumps(counts))
        """#

    private let process: Mutex<Process>
    private let input = Pipe()
    private let output = Pipe()

    init(port: Int, threads: Int) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = ["-c", Self.script, String(port), String(threads)]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        self.process = Mutex(process)
    }

    /// Ends the load.
    /// - Returns: how many answers had each body; what failed begins with `failed`.
    func end() throws -> [String: Int] {
        try input.fileHandleForWriting.close()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.withLock { $0.waitUntilExit() }
        return try JSONDecoder().decode([String: Int].self, from: data)
    }
}
