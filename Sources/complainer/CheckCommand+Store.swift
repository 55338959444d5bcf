import Complaints
import HTTPClient
import Uploading

extension CheckCommand {
    /// How long the store may take to answer.
    private static let storePatience = Duration.seconds(10)

    /// Asks the store for something that is not there: so it tells whether it knows bucket and keys.
    static func store(_ configuration: Configuration) async -> [Finding] {
        guard let uploader = configuration.uploader, uploader == "s3aws" || uploader == "s3goamz",
            let target = try? StoreTarget(uploader, configuration.all)
        else { return [] }
        let client = HTTPClient()
        defer { client.shutdown() }
        guard let problem = await target.problem(http: client, patience: storePatience) else { return [] }
        return [
            Finding(
                .error, "\(uploader).bucket", problem,
                remedy: "see that endpoint, region, bucket and keys belong together")
        ]
    }
}
