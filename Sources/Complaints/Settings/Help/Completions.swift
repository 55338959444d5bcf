/// Scripts by which shells complete the command line.
public enum Completions {
    // MARK: bash

    /// For a file in `/usr/share/bash-completion/completions/`.
    public static func bash(_ registry: SettingsRegistry) -> String {
        """
        # bash completion for complainer
        _complainer() {
            local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} flag= head=
            COMPREPLY=()
            # bash makes "=" a word of its own.
            if [[ $cur == "=" ]]; then
                flag=$prev cur=
            elif [[ $prev == "=" ]]; then
                flag=${COMP_WORDS[COMP_CWORD-2]}
            elif [[ $prev == -* && $cur != -* ]]; then
                flag=$prev
            fi
            case "${flag#-}" in -*) flag=${flag#-} ;; esac
            case "$flag" in
        \(bashValues(registry))
            esac
            case "${COMP_WORDS[1]}" in
        \(registry.commands.map { command in
            "    \(command.name)) head=\"\(flags(command.settings).joined(separator: " "))\" ;;"
        }.joined(separator: "\n"))
            esac
            if [[ $COMP_CWORD -eq 1 && $cur != -* ]]; then
                COMPREPLY=($(compgen -W "\(registry.commands.map(\.name).joined(separator: " "))" -- "$cur"))
            else
                COMPREPLY=($(compgen -W "$head \(flags(registry.definitions(command: nil)).joined(separator: " "))" -- "$cur"))
            fi
        }
        complete -F _complainer complainer

        """
    }

    private static func bashValues(_ registry: SettingsRegistry) -> String {
        registry.owners.flatMap(\.settings).map { definition in
            let names = flags([definition]).joined(separator: "|")
            let words = definition.kind.choices.joined(separator: " ")
            let action =
                switch definition.kind {
                case .bool:
                    // Only after "=": the word after a boolean flag is not its value.
                    "[[ $prev == \"=\" || ${COMP_WORDS[COMP_CWORD]} == \"=\" ]] && "
                        + "{ COMPREPLY=($(compgen -W \"\(words)\" -- \"$cur\")); return; }"
                case .words:
                    "[[ $cur == *,* ]] && head=${cur%,*},; "
                        + "COMPREPLY=($(compgen -P \"$head\" -W \"\(words)\" -- \"${cur##*,}\")); return"
                case .word: "COMPREPLY=($(compgen -W \"\(words)\" -- \"$cur\")); return"
                case .file: "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); return"
                case .directory: "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\")); return"
                default: "return"
                }
            return "    \(names)) \(action) ;;"
        }.joined(separator: "\n")
    }

    private static func flags(_ definitions: [SettingDefinition]) -> [String] {
        definitions.flatMap { definition in ([definition.name] + definition.aliases).map { "-\($0)" } }
    }

    // MARK: zsh

    /// For a file `_complainer` in a folder of `$fpath`.
    public static func zsh(_ registry: SettingsRegistry) -> String {
        let commands = registry.commands.map { "'\(zshQuoted($0.name)):\(zshQuoted($0.summary))'" }
        return """
            #compdef complainer
            # zsh completion for complainer
            local -a commands flags
            commands=(\(commands.joined(separator: " ")))
            flags=(
            \(registry.definitions(command: nil).flatMap(zshFlags).map { "    \($0)" }.joined(separator: "\n"))
            )
            if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
                _describe 'command' commands
                return
            fi
            case $words[2] in
            \(registry.commands.map { command in
                "    \(command.name)) flags+=(\(command.settings.flatMap(zshFlags).joined(separator: " "))); shift words; (( CURRENT-- )) ;;"
            }.joined(separator: "\n"))
            esac
            _arguments -A '-*' $flags

            """
    }

    private static func zshFlags(_ definition: SettingDefinition) -> [String] {
        let help = zshQuoted(definition.help, brackets: true)
        let action =
            switch definition.kind {
            case .word(let words): "(\(words.joined(separator: " ")))"
            case .words(let words): "_sequence compadd - \(words.joined(separator: " "))"
            case .file: "_files"
            case .directory: "_files -/"
            default: " "
            }
        return ([definition.name] + definition.aliases).map { name in
            guard definition.kind != .bool else { return "'-\(name)=-[\(help)]::value:(true false)'" }
            let repeats = definition.isRepeatable ? "\\*" : ""
            return "\(repeats)'-\(name)=[\(help)]:\(zshQuoted(definition.placeholder)):\(action)'"
        }
    }

    private static func zshQuoted(_ text: String, brackets: Bool = false) -> String {
        var text = text.replacing("'", with: "'\\''").replacing(":", with: "\\:")
        if brackets { text = text.replacing("[", with: "\\[").replacing("]", with: "\\]") }
        return text
    }

    // MARK: fish

    /// For a file in `/usr/share/fish/vendor_completions.d/`.
    public static func fish(_ registry: SettingsRegistry) -> String {
        var lines = ["# fish completion for complainer", "complete -c complainer -f"]
        for command in registry.commands {
            lines.append(
                "complete -c complainer -n __fish_use_subcommand -a \(command.name) -d \(fishQuoted(command.summary))")
        }
        for owner in registry.owners {
            let condition =
                owner.kind == .command ? " -n \(fishQuoted("__fish_seen_subcommand_from \(owner.name)"))" : ""
            for definition in owner.settings {
                for name in [definition.name] + definition.aliases {
                    lines.append(
                        "complete -c complainer\(condition) -o \(name)\(fishAction(definition)) -d "
                            + fishQuoted(definition.help))
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func fishAction(_ definition: SettingDefinition) -> String {
        switch definition.kind {
        case .bool: ""
        case .word(let words): " -x -a \(fishQuoted(words.joined(separator: " ")))"
        case .words(let words): " -x -a \(fishQuoted("(__fish_append , \(words.joined(separator: " ")))"))"
        case .file: " -r -F"
        case .directory: " -x -a '(__fish_complete_directories)'"
        default: " -x"
        }
    }

    private static func fishQuoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
