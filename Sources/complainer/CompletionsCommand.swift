import Complaints

/// `complainer completions SHELL`: prints the completion script of a shell.
enum CompletionsCommand {
    static func run(_ arguments: [String]) -> Int32 {
        switch arguments {
        case ["bash"]: print(Completions.bash(.program), terminator: "")
        case ["zsh"]: print(Completions.zsh(.program), terminator: "")
        case ["fish"]: print(Completions.fish(.program), terminator: "")
        default:
            Complainer.complain("complainer: completions takes the name of a shell: bash, zsh or fish")
            return 2
        }
        return 0
    }
}
