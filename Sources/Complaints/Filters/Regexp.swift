import CRE2

/// A regular expression in the syntax of Go's package `regexp`, matched by RE2 in time linear to the text.
///
/// Where RE2 and Go differ, Go's rule holds: a group's name may be used twice, `\C` is refused, and a byte of the text
/// that is not UTF-8 counts as one U+FFFD.
public final class Regexp: Sendable {
    /// The expression as it was given.
    public let pattern: String
    private let handle: Handle

    /// Most bytes that the compiled form, and a match on top of it, may use.
    public static let maximumMemory: Int64 = 8 << 20

    public init(_ pattern: String) throws(RegexpError) {
        self.pattern = pattern
        if let position = GoSyntax.positionOfSingleByteEscape(in: pattern) {
            throw RegexpError(message: "invalid escape sequence: \\C", position: position)
        }
        do throws(RegexpError) {
            handle = try Handle(pattern)
        } catch {
            // RE2 refuses a name used twice; nobody asks for groups here, so unnamed ones do as well.
            guard error.isAboutNames, let unnamed = GoSyntax.withoutRepeatedNames(pattern) else { throw error }
            handle = try Handle(unnamed)
        }
    }

    /// Whether the expression matches anywhere in the text.
    public func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { handle.matches($0) }
    }

    /// Whether the expression matches anywhere in these bytes, which should be UTF-8 but need not.
    public func matches(bytes: some Sequence<UInt8>) -> Bool {
        GoSyntax.repaired(bytes).withUnsafeBufferPointer { handle.matches($0) }
    }
}

/// Owner of the memory on the C side.
///
/// `@unchecked`: the pointer never changes, RE2 documents a compiled expression as safe for concurrent matching, and
/// nobody else has the pointer when `deinit` frees it.
private final class Handle: @unchecked Sendable {
    private let regexp: OpaquePointer

    init(_ pattern: String) throws(RegexpError) {
        var failure = CRE2Error()
        var pattern = pattern
        let compiled = pattern.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                cre2_compile(characters.baseAddress, characters.count, Regexp.maximumMemory, &failure)
            }
        }
        guard let compiled else { throw RegexpError(failure, pattern: pattern) }
        regexp = compiled
    }

    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.withMemoryRebound(to: CChar.self) { cre2_match(regexp, $0.baseAddress, $0.count) }
    }

    deinit { cre2_free(regexp) }
}
