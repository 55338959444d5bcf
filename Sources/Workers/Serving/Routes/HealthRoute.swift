extension Route {
    /// For load balancers and schedulers: only whether a Mesos master can be talked to counts.
    static let health = Route("/health") { _, site in
        let health = await site.dispatcher.health()
        if health.ok { return .text("I am mostly okay, thanks.\n") }
        let reason = health.reason ?? "no Mesos master can be talked to"
        return .text("Something is fishy: \(reason.onOneLine(limit: 500))\n", status: .internalServerError)
    }
}

extension String {
    /// At most so many characters, without line breaks and other control characters.
    func onOneLine(limit: Int) -> String {
        var line = String.UnicodeScalarView()
        for scalar in unicodeScalars.prefix(limit) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: line.append(" ")
            default: line.append(scalar)
            }
        }
        return String(line)
    }
}
