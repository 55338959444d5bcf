import HTTPClient

/// Files of sandboxes, as `/files/…` of an agent serves them ("Sandbox" and "HTTP endpoints" of the Mesos documentation).
extension AgentClient {
    /// What an agent gives of a file in one answer to ``read(_:offset:length:)``: 16 pages.
    public static let mostBytesAtOnce = 64 << 10

    /// The largest size that is believed: what a number of JSON can say exactly.
    private static let largest: Int64 = 1 << 53

    /// How large the file is now, in bytes.
    public func size(of path: String) async throws(AgentError) -> Int64 {
        let answer = try await filesRead("path=\(Self.encode(path))&offset=-1", limit: 1 << 20)
        guard 0...Self.largest ~= answer.offset else {
            throw .unexpected("\(downloadURL(path: path)): a size of \(answer.offset)")
        }
        return answer.offset
    }

    /// A piece of a file, byte for byte: less than asked for at its end, nothing beyond, and at most
    /// ``mostBytesAtOnce``.
    public func read(_ path: String, offset: Int64, length: Int) async throws(AgentError) -> [UInt8] {
        let length = min(length, Self.mostBytesAtOnce)
        // A byte can become six.
        let answer = try await filesRead(
            "path=\(Self.encode(path))&offset=\(offset)&length=\(length)", limit: 6 * length + 1024)
        return answer.data
    }

    /// The whole file from its beginning, as it is at this moment; the agent knows no ranges here.
    public func download(_ path: String) async throws(AgentError) -> HTTPStream {
        do {
            return try await http.open(request(.get, downloadURL(path: path))).requireSuccess()
        } catch {
            throw AgentError(error)
        }
    }

    private func filesRead(_ query: String, limit: Int) async throws(AgentError) -> FileReadAnswer {
        let url = "\(base)/files/read?\(query)"
        let response: HTTPResponse
        do throws(HTTPError) {
            var request = request(.get, url)
            request.maxBodyBytes = limit
            response = try await http.send(request).requireSuccess()
        } catch {
            throw AgentError(error)
        }
        guard let answer = FileReadAnswer(response.body) else {
            throw .unexpected("GET \(url): not the JSON of a Mesos agent")
        }
        return answer
    }
}
