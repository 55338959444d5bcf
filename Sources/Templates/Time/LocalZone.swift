#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the machine's zone says about an instant.
struct LocalZone: Sendable {
    /// Seconds east of UTC.
    var offset: Int
    var abbreviation: String
    var isDaylightSaving: Bool

    static let utc = LocalZone(offset: 0, abbreviation: "UTC", isDaylightSaving: false)

    /// The C library reads `TZ` once.
    private static let initialized: Void = tzset()

    static func at(_ unixSeconds: Int64) -> LocalZone {
        _ = initialized
        guard name != "UTC" else { return utc }
        var seconds = time_t(unixSeconds)
        var fields = tm()
        guard localtime_r(&seconds, &fields) != nil else { return utc }
        return LocalZone(
            offset: fields.tm_gmtoff, abbreviation: fields.tm_zone.map { String(cString: $0) } ?? "UTC",
            isDaylightSaving: fields.tm_isdst > 0)
    }

    /// What Go calls the machine's zone: the name in `TZ`; without one "Local", or "UTC" where nothing is set up.
    static let name: String = {
        guard let setting = getenv("TZ") else { return access("/etc/localtime", R_OK) == 0 ? "Local" : "UTC" }
        var zone = String(cString: setting)
        if zone.hasPrefix(":") { zone.removeFirst() }
        if zone == "/etc/localtime" { return "Local" }
        // Go knows zones only by their files; the C library would also take a rule such as `CET-1CEST`.
        let path = zone.hasPrefix("/") ? zone : "/usr/share/zoneinfo/\(zone)"
        return zone.isEmpty || access(path, R_OK) != 0 ? "UTC" : zone
    }()
}
