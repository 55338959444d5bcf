import Testing

@testable import Complaints

/// Input that makes no sense: whatever it is, the answer is a value or one line.
@Suite struct NoiseTests {
    /// The same sequence each time (xorshift64).
    struct Noise: RandomNumberGenerator {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    @Test func noiseOnTheCommandLineAndInTheFile() {
        var noise = Noise()
        let atoms = [
            "-", "--", "=", "name", "masters", "default", "\0", "\n", "\u{301}", "🚀", ",", "http://", "[", "]", ":",
            "@",
            "'", "\"", "\\", "#", "COMPLAINER_NAME", "(", "{{", "}}", "5s", " ", "\r\n", "\u{2028}", "\u{1B}",
            "JIRA_FIELDS", ";",
        ]
        func text(_ most: Int) -> String {
            (0..<Int.random(in: 0...most, using: &noise)).map { _ in atoms.randomElement(using: &noise) ?? "" }.joined()
        }
        for _ in 0..<500 {
            let arguments = (0..<Int.random(in: 0...4, using: &noise)).map { _ in text(6) }
            let error = refusal(needed + ["-config=/f"] + arguments, files: ["/f": text(30)])
            #expect(!error.contains(where: \.isNewline) && error.count < 1000, "\(error)")
        }
        for setting in SettingsRegistry.standard.owners.flatMap(\.settings) {
            for _ in 0..<20 {
                let error = refusal(needed + ["-\(setting.name)=\(text(12))"])
                #expect(!error.contains(where: \.isNewline) && error.count < 1000, "\(error)")
            }
        }
    }

    @Test func hugeValues() {
        let huge = String(repeating: "x", count: 1_000_000)
        for name in ["masters", "uploader", "reporters", "default", "keep", "listen", "jira.fields", "slack.hook_url"] {
            let error = refusal(needed + ["-\(name)=\(huge)"])
            #expect(!error.isEmpty && error.count < 500, "\(name)")
        }
        #expect(refusal(["-" + huge]).count < 200)
        #expect(refusal(["-config=" + huge]).count < 500)
    }
}
