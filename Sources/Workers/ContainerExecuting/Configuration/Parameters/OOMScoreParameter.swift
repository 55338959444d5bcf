/// How soon the kernel kills the container for lack of memory: -1000 to 1000.
enum OOMScoreParameter {
    static func parse(_ text: String) throws(ParameterError) -> Int {
        guard let number = Int(text), (-1000...1000).contains(number) else {
            throw ParameterError("a number from -1000 to 1000 is expected")
        }
        return number
    }
}
