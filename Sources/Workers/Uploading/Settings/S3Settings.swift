import Complaints
import ObjectStorage

/// What both uploaders to S3 have in common.
enum S3Settings {
    /// The default of `s3aws.prefix` and `s3goamz.prefix`.
    static let prefix =
        #"{{ .failure.Finished.UTC.Format "2006-01-02" }}/complainer/{{ .failure.Name }}/"#
        + #"{{ .failure.Finished.UTC.Format "2006-01-02T15:04:05Z" }}-{{ .failure.ID }}"#

    /// The settings under the name of one of them; they share their variables.
    static func common(_ owner: String) -> [SettingDefinition] {
        [
            SettingDefinition(
                "\(owner).access_key", environment: "S3_ACCESS_KEY", help: "access key", placeholder: "KEY",
                isSecret: true, required: .whenOwnerIsUsed),
            SettingDefinition(
                "\(owner).secret_key", environment: "S3_SECRET_KEY", help: "secret key", placeholder: "KEY",
                isSecret: true, required: .whenOwnerIsUsed),
            SettingDefinition(
                "\(owner).bucket", environment: "S3_BUCKET", help: "bucket for the logs", placeholder: "BUCKET",
                required: .whenOwnerIsUsed),
            SettingDefinition(
                "\(owner).prefix", environment: "S3_PREFIX", kind: .template, default: prefix,
                help: "template of the key that stdout and stderr are put below"),
            SettingDefinition(
                "\(owner).timeout", environment: "S3_TIMEOUT", kind: .duration(atLeast: 1_000_000_000),
                default: "168h0m0s", help: "lifetime of the signed URLs"),
        ]
    }

    /// What is wrong with the bucket's name, by the rules for names of buckets at AWS.
    static func checkBucket(_ values: SettingValues, owner: String) -> [Finding] {
        guard let bucket = values["\(owner).bucket"] else { return [] }
        let isName = bucket.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || "0"..."9" ~= $0 || "._-".unicodeScalars.contains($0))
        }
        guard !isName || !(3...255).contains(bucket.utf8.count) else { return [] }
        return [
            Finding(
                .error, "\(owner).bucket", "\"\(bucket.shortened(to: 40))\" is not the name of a bucket",
                remedy: "give the name alone: letters, digits, dots and dashes, at least 3, no URL")
        ]
    }
}

extension S3Settings {
    /// What is wrong with the endpoint beyond its being a URL.
    static func checkEndpoint(_ values: SettingValues, owner: String) -> [Finding] {
        guard values["\(owner).endpoint"] != nil else { return [] }
        do throws(ObjectEndpoint.Invalid) {
            _ = try StoreTarget.endpoint(owner, values)
            return []
        } catch {
            return [
                Finding(
                    .error, "\(owner).endpoint", error.reason,
                    remedy: "give the store's URL alone, like https://s3.example.com")
            ]
        }
    }
}

/// The settings of the uploader with AWS' version 4 signatures.
enum S3AWSSettings {
    static let owner = SettingOwner(
        .uploader, "s3aws", summary: "Amazon S3 and what has version 4 signatures", settings: settings, check: check)

    static let settings =
        S3Settings.common("s3aws") + [
            SettingDefinition(
                "s3aws.region", environment: "S3_REGION", help: "region of the bucket", placeholder: "REGION",
                required: .whenOwnerIsUsed),
            SettingDefinition(
                "s3aws.endpoint", environment: "S3AWS_ENDPOINT", kind: .url(schemes: ["https", "http"]),
                help: "store that is not Amazon's"),
            SettingDefinition(
                "s3aws.path_style", environment: "S3AWS_PATH_STYLE", kind: .bool, default: "false",
                help: "put the bucket into the path instead of the host name"),
        ]

    /// The longest that a version 4 signature may be good for, in nanoseconds.
    private static let longest: Int64 = 604_800_000_000_000

    private static func check(_ values: SettingValues) -> [Finding] {
        var findings = S3Settings.checkBucket(values, owner: "s3aws")
        if let timeout = values.duration("s3aws.timeout"), timeout > .nanoseconds(longest) {
            findings.append(
                Finding(
                    .warning, "s3aws.timeout", "signed URLs are good for 7 days at most, longer ones are cut to that",
                    remedy: "use at most 168h"))
        }
        if let region = values["s3aws.region"], !isRegion(region) {
            findings.append(
                Finding(
                    .error, "s3aws.region", "\"\(region.shortened(to: 40))\" is not the name of a region",
                    remedy: "give one like eu-central-1; stores that have none mostly want us-east-1"))
        }
        return findings + S3Settings.checkEndpoint(values, owner: "s3aws")
    }

    /// It becomes part of a host name.
    private static func isRegion(_ region: String) -> Bool {
        region.utf8.count <= 40
            && region.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}

/// The settings of the uploader with version 2 signatures.
enum S3GoamzSettings {
    static let owner = SettingOwner(
        .uploader, "s3goamz", summary: "stores with version 2 signatures, such as Ceph", settings: settings
    ) { S3Settings.checkBucket($0, owner: "s3goamz") + S3Settings.checkEndpoint($0, owner: "s3goamz") }

    static let settings =
        S3Settings.common("s3goamz") + [
            SettingDefinition(
                "s3goamz.endpoint", environment: "S3_ENDPOINT", kind: .url(schemes: ["https", "http"]),
                help: "the store, e.g. https://complainer.s3.example.com", required: .whenOwnerIsUsed)
        ]
}

/// The uploader that saves nothing: reports link to the agents.
enum NoopSettings {
    static let owner = SettingOwner(.uploader, "noop", summary: "logs stay on the agents", settings: [])
}
