import Complaints

/// `complainer man [PAGE]`: prints a manual page in roff.
enum ManCommand {
    static func run(_ arguments: [String]) -> Int32 {
        let (version, date) = (Version.number, Version.date)
        switch arguments {
        case [], ["complainer"]: print(ManPage.render(.program, version: version, date: date), terminator: "")
        case ["complainer.conf"]:
            print(ConfigurationManPage.render(.program, version: version, date: date), terminator: "")
        case ["complainer-templates"]:
            print(TemplateReference.manPage(version: version, date: date), terminator: "")
        default:
            Complainer.complain(
                "complainer: man takes the name of a page: complainer, complainer.conf or complainer-templates")
            return 2
        }
        return 0
    }
}
