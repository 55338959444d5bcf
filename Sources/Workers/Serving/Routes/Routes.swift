/// All pages there are: a new one is a file beside this one and a line here.
enum Routes {
    static let all: [Route] = [
        .status,
        .health,
        .version,
        .metrics,
        .healthDocument,
        .workers,
        .failures,
        .summary,
        .profiles,
        .profilesWithoutSlash,
    ]

    /// What is served where not everybody may see what the processes do.
    static let withoutProfiles = all.filter { !$0.path.hasPrefix("/debug/") }
}
