import Testing

@testable import MesosClient

/// A label of 17 MB, or anything else of any length, costs no memory and hides nothing.
@Suite struct LongTextTests {
    enum Label { case item, name }

    private let plan = ScanPlan<Label>(
        .object([("name", .value(.name)), ("items", .array(of: .value(.item)))]))

    /// What comes to be of a string, and what of the things around it.
    @Test(arguments: [256, 300, 2048], [1, 7, 5000])
    func stringsAreCutWhereverTheyStand(window: Int, chunk: Int) throws {
        let long = String(repeating: #"ä\\\"\u00f6}]"#, count: 250)
        let document = """
            {"skipped": "\(long)", "\(long)": ["\(long)", {"x": "\(long)"}], "items": [1, "\(long)", {"a": "\(long)", "b": 2},
            "\(long)", "short"], "name": "\(long)"}
            """
        let found = try scan(document.utf8, plan, window: window, chunk: chunk, value: 2048, text: 100)
        let mark = "… (cut, \(long.utf8.count) bytes)"
        #expect(found.count == 6)
        #expect(found.first == "item=1.0" && found[4] == "item='short'")
        for (place, text) in [(1, found[1]), (2, found[2]), (3, found[3]), (5, found[5])] {
            #expect(text.contains(mark), "\(place): \(text)")
            #expect(text.contains(#"ä\"ö}]"#) && !text.contains("\u{FFFD}"), "\(place): \(text)")
        }
        #expect(found[2].hasPrefix("item={a:'") && found[2].hasSuffix("',b:2.0}"), "\(found[2])")
    }

    /// The same whatever is cut off by the end of a window: an escape, a character, a pair of backslashes.
    @Test(arguments: 0..<40)
    func windowsMayEndAnywhere(offset: Int) throws {
        let long = String(repeating: "x", count: offset) + String(repeating: #"\\\""#, count: 1000)
        let document = "{\"items\": [{\"a\": \"\(long)\"}, 7]}"
        let found = try scan(document.utf8, plan, window: 512, chunk: 512, value: 2048, text: 100)
        #expect(found.count == 2 && found.last == "item=7.0", "\(found)")
        #expect(found.first?.hasSuffix("… (cut, \(long.utf8.count) bytes)'}") == true, "\(found)")
    }

    /// The label that hid a cluster.
    @Test func aLabelOf17MegabytesHidesNothing() throws {
        let huge = String(repeating: "x", count: 17_000_000)
        func task(_ id: String, _ label: String) -> String {
            """
            {"task_id":{"value":"\(id)"},"name":"\(id)","framework_id":{"value":"F"},"state":"TASK_FAILED",\
            "labels":{"labels":[{"key":"team","value":"\(label)"},{"key":"other","value":"short"}]}}
            """
        }
        let events = [
            "{\"type\":\"SUBSCRIBED\",\"subscribed\":{\"get_state\":{\"get_tasks\":{\"tasks\":[\(task("a", huge)),\(task("b", "x"))]}}}}",
            "{\"type\":\"TASK_ADDED\",\"task_added\":{\"task\":\(task("c", huge))}}",
            "{\"type\":\"TASK_ADDED\",\"task_added\":{\"task\":\(task("d", "x"))}}",
        ]
        var reader = try EventStreamReader()
        var records: [TaskRecord] = []
        var index = TaskIndex()
        for event in events {
            try Array("\(event.utf8.count)\n\(event)".utf8).withUnsafeBytes { bytes in
                try reader.feed(bytes) { fact in
                    guard case .task(let view) = fact else { return }
                    if let record = TaskRecord(view) { records.append(record) }
                    index.insert(view)
                }
            }
        }
        #expect(records.map(\.id) == ["a", "b", "c", "d"])
        for record in records + ["a", "b", "c", "d"].compactMap({ index.task(framework: "F", task: $0) }) {
            let team = try #require(record.labels["team"])
            let isHuge = ["a", "c"].contains(record.id)
            #expect(isHuge ? team.hasSuffix("xx… (cut, 17000000 bytes)") : team == "x", "\(record.id)")
            #expect(team.utf8.count < 70_000 && record.labels["other"] == "short")
        }
    }

    @Test func pairsOfEscapesAreNotSplit() throws {
        for offset in 0..<12 {
            let long = String(repeating: "x", count: offset) + String(repeating: #"\ud83d\uDE00"#, count: 1000)
            let found = try scan(
                "{\"items\": [\"\(long)\"]}".utf8, plan, window: 512, chunk: 99, value: 4096, text: 100)
            #expect(found.count == 1 && found[0].contains("😀… (cut") && !found[0].contains("\u{FFFD}"), "\(found)")
        }
    }

    /// One that fits into a window is cut where it is taken out.
    @Test func textsOfOver64KilobytesAreCut() throws {
        let long = String(repeating: "ä", count: 50_000)
        let document = "{\"items\": [{\"id\":\"t\",\"name\":\"\(long)\",\"framework_id\":\"F\"}]}"
        var scanner = try DocumentScanner(plan)
        var name: String?
        func note(_ finding: DocumentScanner<Label>.Finding) {
            if case .value(_, let element) = finding { name = TaskRecord(TaskView(element))?.name }
        }
        try Array(document.utf8).withUnsafeBytes { try scanner.feed($0, note) }
        try scanner.finish(note)
        #expect(name == String(repeating: "ä", count: 32_768) + "… (cut, 100000 bytes)")
    }

    /// A task with more labels than anybody can keep is passed over, however long that takes.
    @Test func anElementThatIsFarTooLongIsSkipped() throws {
        let labels = (0..<5000).map { "{\"key\":\"k\($0)\",\"value\":\"v\"}" }.joined(separator: ",")
        let document = "{\"items\": [1, {\"labels\": [\(labels)]}, 2]}"
        let found = try scan(document.utf8, plan, window: 256, chunk: 100, value: 1024, text: 100, silence: 2048)
        #expect(found == ["item=1.0", "item=2.0"])
    }

    @Test func aStringWithoutEndIsFoundOutAtTheEnd() throws {
        let document = "{\"items\": [\"" + String(repeating: "x", count: 10_000)
        #expect(throws: ScanError.self) {
            try scan(document.utf8, plan, window: 256, chunk: 100, value: 1024, text: 100)
        }
    }
}
