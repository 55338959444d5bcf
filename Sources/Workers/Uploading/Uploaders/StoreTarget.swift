import Complaints
import HTTPClient
import ObjectStorage
import Templates

/// A bucket and what is put there under which name, out of the settings of `s3aws` or `s3goamz`.
public struct StoreTarget: Sendable {
    private let configuration: ObjectStore.Configuration
    let key: KeyTemplate
    /// Of the links.
    let lifetime: Duration

    /// - Parameter owner: `s3aws` or `s3goamz`.
    /// - Throws: what is wrong with the settings.
    public init(_ owner: String, _ values: SettingValues) throws {
        func value(_ name: String) -> String { values["\(owner).\(name)"] ?? "" }
        let endpoint = try Self.endpoint(owner, values)
        let signing: ObjectStore.Signing =
            owner == "s3aws" ? .version4(region: value("region")) : .version2
        configuration = ObjectStore.Configuration(
            endpoint: endpoint,
            credentials: ObjectStoreCredentials(accessKey: value("access_key"), secretKey: value("secret_key")),
            signing: signing)
        key = try KeyTemplate(value("prefix"), setting: "\(owner).prefix")
        let wanted = values.duration("\(owner).timeout") ?? .seconds(604_800)
        lifetime = owner == "s3aws" ? min(wanted, .seconds(604_800)) : wanted
    }

    static func endpoint(_ owner: String, _ values: SettingValues) throws(ObjectEndpoint.Invalid) -> ObjectEndpoint {
        let bucket = values["\(owner).bucket"] ?? ""
        guard owner == "s3aws" else {
            return try ObjectEndpoint(bucket: bucket, goamzEndpoint: values["s3goamz.endpoint"] ?? "")
        }
        let pathStyle = values.bool("s3aws.path_style") ?? false
        guard let endpoint = values["s3aws.endpoint"] else {
            return ObjectEndpoint(bucket: bucket, region: values["s3aws.region"] ?? "", pathStyle: pathStyle)
        }
        return try ObjectEndpoint(bucket: bucket, endpoint: endpoint, pathStyle: pathStyle)
    }

    func store(http: HTTPClient) -> ObjectStore { ObjectStore(configuration, http: http) }

    /// What keeps the store from taking logs, as far as that can be found out without writing any.
    ///
    /// - Parameter patience: how long the store may be silent.
    public func problem(http: HTTPClient, patience: Duration) async -> String? {
        var configuration = configuration
        configuration.idleTimeout = patience
        do throws(ObjectStoreError) {
            try await ObjectStore(configuration, http: http).check()
            return nil
        } catch {
            return error.description
        }
    }
}
