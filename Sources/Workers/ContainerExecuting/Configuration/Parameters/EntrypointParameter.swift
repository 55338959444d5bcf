/// One program, as on docker's command line: blanks belong to its name. Nothing takes the image's own away.
enum EntrypointParameter {
    static func parse(_ text: String) throws(ParameterError) -> [String] { [text] }
}
