import Foundation
import Testing

@testable import Reporting

@Suite struct JiraFieldValueTests {
    private func value(
        _ text: String, _ type: String, items: String? = nil, choices: [JiraField.Choice]? = nil, isCloud: Bool = false
    ) throws -> String {
        let field = JiraField(
            id: "customfield_1", name: "F", schema: .init(type: type, items: items, system: nil), choices: choices)
        let value = try JiraFieldValue.value(text, for: field, isCloud: isCloud)
        return String(decoding: try ServiceJSON.bytes(value), as: UTF8.self)
    }

    @Test(
        arguments: [
            ("a\nb ", "string", nil, #""a\nb ""#), ("4.5", "number", nil, "4.5"), (" 7 ", "number", nil, "7"),
            ("2026-11-21", "date", nil, #""2026-11-21""#), ("2026-11-21T10:00:00Z", "date", nil, #""2026-11-21""#),
            ("2026-11-21T10:00:00+01:00", "datetime", nil, #""2026-11-21T09:00:00.000+0000""#),
            ("High", "priority", nil, #"{"name":"High"}"#), ("Web", "option", nil, #"{"value":"Web"}"#),
            ("a,, b ", "array", "string", #"["a","b"]"#),
            ("1.0, 2", "array", "version", #"[{"name":"1.0"},{"name":"2"}]"#),
            ("x, y", "array", "option", #"[{"value":"x"},{"value":"y"}]"#), ("ann", "user", nil, #"{"name":"ann"}"#),
            ("ann,bob", "array", "user", #"[{"name":"ann"},{"name":"bob"}]"#),
            ("ops", "group", nil, #"{"name":"ops"}"#),
            ("OPS-1", "issuelink", nil, #"{"key":"OPS-1"}"#),
            ("P/C", "option-with-child", nil, #"{"child":{"value":"C"},"value":"P"}"#),
            ("P", "option-with-child", nil, #"{"value":"P"}"#),
            ("2h", "timetracking", nil, #"{"originalEstimate":"2h"}"#),
            ("anything", "com.example:strange", nil, #""anything""#),
        ] as [(String, String, String?, String)])
    func forms(text: String, type: String, items: String?, json: String) throws {
        #expect(try value(text, type, items: items) == json)
    }

    @Test(arguments: [
        ("x", "number"), ("inf", "number"), ("21.11.2026", "date"), ("2026-11-21x", "date"), ("now", "datetime"),
    ])
    func whatDoesNotFit(text: String, type: String) {
        #expect(throws: JiraFieldValue.Problem.self) { try value(text, type) }
    }

    @Test func choicesAreWrittenAsJiraDoesAndOthersAreRefused() throws {
        let choices = [JiraField.Choice(name: "Web", children: ["Shop", "Blog"]), JiraField.Choice(name: "App/iOS")]
        #expect(try value("web", "option", choices: choices) == #"{"value":"Web"}"#)
        #expect(
            try value("web/shop", "option-with-child", choices: choices) == #"{"child":{"value":"Shop"},"value":"Web"}"#
        )
        #expect(try value("app/ios", "option-with-child", choices: choices) == #"{"value":"App/iOS"}"#)
        for (text, type) in [("x", "option"), ("web/x", "option-with-child"), ("x/shop", "option-with-child")] {
            #expect(throws: JiraFieldValue.Problem.self) { try value(text, type, choices: choices) }
        }
    }

    @Test func cloudKnowsUsersByAccount() throws {
        #expect(try value("5b10", "user", isCloud: true) == #"{"accountId":"5b10"}"#)
    }

    @Test(arguments: [
        "{}", #"{"fieldId":7}"#, #"{"name":null,"schema":null,"allowedValues":"x"}"#, #"{"schema":{"type":7}}"#,
        #"{"key":"a","required":"yes"}"#, #"{"allowedValues":[1,null,"x",{"id":"1"}]}"#,
    ])
    func strangeMetadataCrashesNothing(text: String) {
        _ = try? JSONDecoder().decode(JiraField.self, from: Data(text.utf8))
    }
}
