extension String {
    /// As one segment of a path, or a value of a query: everything but unreserved characters (RFC 3986) as %XX.
    var percentEncoded: String {
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        return utf8.reduce(into: "") { result, byte in
            if unreserved.contains(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + CollectionOfOne(byte).hexadecimal.uppercased()
            }
        }
    }
}
