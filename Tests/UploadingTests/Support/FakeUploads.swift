import Synchronization
import TestTools

/// A store in which an upload in parts was left behind, and which may not be well at first.
final class FakeUploads: Sendable {
    private let server: LoopbackServer
    private let lists = Mutex(0)

    /// - Parameters:
    ///   - refusals: statuses and codes of the first answers to who lists the uploads.
    ///   - aborted: called when the upload is.
    init(
        of key: String, refusals: [(status: Int, code: String)] = [], aborted: @escaping @Sendable () -> Void
    ) throws {
        server = try LoopbackServer()
        server.start { [self] connection in
            while let request = connection.nextRequest() {
                let isWell: Bool
                switch request.method {
                case "GET":
                    let number = lists.withLock { count in
                        count += 1
                        return count
                    }
                    if number <= refusals.count {
                        let (status, code) = refusals[number - 1]
                        isWell = connection.respond(status, "<Error><Code>\(code)</Code></Error>")
                    } else {
                        isWell = connection.respond(
                            200,
                            "<ListMultipartUploadsResult><Upload><Key>\(key)</Key><UploadId>U</UploadId></Upload>"
                                + "</ListMultipartUploadsResult>")
                    }
                case "DELETE":
                    // Before whoever asked for it can go on.
                    aborted()
                    isWell = connection.respond(204)
                default: isWell = connection.respond(200, headers: ["ETag: \"e\""])
                }
                guard isWell else { return }
            }
        }
    }

    var url: String { server.url }
    /// How often the uploads were asked for.
    var listings: Int { lists.withLock { $0 } }

    func stop() { server.stop() }
}
