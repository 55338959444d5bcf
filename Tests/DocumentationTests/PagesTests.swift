import Complaints
import Foundation
import Testing

/// What is wrong with a page without running anything.
@Suite struct PagesTests {
    @Test func theReadmeFitsOnAFewScreens() throws {
        #expect(
            try Documentation.text("README.md").split(separator: "\n", omittingEmptySubsequences: false).count <= 250)
    }

    @Test(arguments: try Documentation.pages()) func linksLeadSomewhere(page: String) throws {
        let text = try Documentation.text(page)
        let folder = Documentation.root.appending(path: page).deletingLastPathComponent()
        for link in text.matches(of: /\]\(([^)#]+)(#[^)]*)?\)/) where !link.1.contains("://") {
            let target = folder.appending(path: String(link.1)).path
            #expect(FileManager.default.fileExists(atPath: target), "\(page) links to \(link.1)")
        }
        for link in text.matches(of: /<doc:([^>]+)>/) {
            let target = folder.appending(path: "\(link.1).md").path
            #expect(FileManager.default.fileExists(atPath: target), "\(page) links to the article \(link.1)")
        }
    }

    @Test(arguments: Documentation.guides) func everyArticleIsListed(guide: String) throws {
        let pages = try Documentation.pages().filter { $0.hasPrefix(guide) }
        let name = try #require(guide.split(separator: "/").last?.split(separator: ".").first)
        let contents = try Documentation.text("\(guide)/\(name).md")
        for page in pages {
            let article = try #require(page.split(separator: "/").last).dropLast(3)
            #expect(
                article == name || contents.contains("<doc:\(article)>"), "\(article) is not in the list of articles")
        }
    }

    /// Settings are named as the program names them.
    @Test(arguments: try Documentation.pages()) func settingsThatAreNamedExist(page: String) throws {
        let owners = GeneratedPagesTests.registry.owners
        let known = Set(
            owners.flatMap(\.settings).flatMap { [$0.environment, $0.fallback?.environment] }.compactMap(\.self))
        for name in try Documentation.text(page).matches(of: /\bCOMPLAINER_[A-Z_]+\b/) where !name.0.hasSuffix("_") {
            // Fields of the journal begin like our variables.
            let isField = /COMPLAINER_(TASK|FRAMEWORK|AGENT|LABEL)(_|$)/
            guard name.0.firstMatch(of: isField) == nil else { continue }
            #expect(known.contains(String(name.0)), "\(page) names \(name.0)")
        }
    }
}
