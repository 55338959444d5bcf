import Complaints
import HTTPClient
import Supervision

/// What every reporter to a service has: its settings, and its way there.
struct ServiceAccess: Sendable {
    let settings: SettingValues
    let client: ServiceClient

    init(_ settings: WorkerSettings, client: ServiceClient) {
        self.settings = SettingValues(settings.values)
        self.client = client
    }

    /// What a key is set to for a report: by the task's label, else by the setting `KIND.KEY`.
    func value(_ key: String, _ report: Report) -> String? { report.value(key, settings) }

    /// Sends a request that reports, and is content with any 2xx.
    func send(_ call: ServiceCall) async throws(DeliveryError) {
        do throws(ServiceError) {
            try await client.send(call)
        } catch {
            throw error.delivery
        }
    }
}

extension HTTPRequest {
    /// A POST of a document.
    static func post(_ url: String, json document: some Encodable) throws(DeliveryError) -> HTTPRequest {
        HTTPRequest(
            .post, url, headers: ["Content-Type": "application/json; charset=utf-8"],
            body: .bytes(try ServiceJSON.bytes(document)))
    }
}
