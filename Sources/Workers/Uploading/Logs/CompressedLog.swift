import CZlib

/// A log as gzip (RFC 1952), compressed while it is read.
actor CompressedLog {
    typealias Source = @Sendable () async throws -> [UInt8]?

    /// Compression failed: there is no memory for it.
    struct Failure: Error, CustomStringConvertible {
        var description: String { "zlib gave up" }
    }

    /// zlib's state, freed with the object.
    private final class Stream {
        let gzip: OpaquePointer

        init?() {
            guard let gzip = czlib_gzip_begin() else { return nil }
            self.gzip = gzip
        }

        deinit {
            czlib_gzip_free(gzip)
        }
    }

    private let source: Source
    private let stream: Stream
    private var hasEnded = false
    private static let chunkBytes = 64 << 10

    init(_ source: @escaping Source) throws(Failure) {
        guard let stream = Stream() else { throw Failure() }
        self.stream = stream
        self.source = source
    }

    /// The next compressed bytes, nil at the end.
    func next() async throws -> [UInt8]? {
        while !hasEnded {
            let chunk = try await source()
            let bytes = try compress(chunk ?? [], isLast: chunk == nil)
            // zlib keeps much of the input until there is enough for a block.
            if !bytes.isEmpty { return bytes }
        }
        return nil
    }

    private func compress(_ input: [UInt8], isLast: Bool) throws(Failure) -> [UInt8] {
        var rest = input[...]
        var result: [UInt8] = []
        while !hasEnded, isLast || !rest.isEmpty {
            var taken = 0
            var given = 0
            var isWell = false
            let input = rest
            let output = [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { buffer, count in
                isWell = input.withUnsafeBufferPointer { bytes in
                    czlib_gzip_write(
                        stream.gzip, bytes.baseAddress, bytes.count, buffer.baseAddress, buffer.count, isLast, &taken,
                        &given, &hasEnded)
                }
                count = given
            }
            guard isWell else { throw Failure() }
            result += output
            rest = rest.dropFirst(taken)
        }
        return result
    }
}
