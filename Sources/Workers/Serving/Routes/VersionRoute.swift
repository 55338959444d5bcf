import Complaints

extension Route {
    static let version = Route("/version") { _, site in
        .text("complainer (\(site.instance)) v\(Version.number)\n")
    }
}
