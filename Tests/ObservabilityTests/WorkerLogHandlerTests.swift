import Logging
import Synchronization
import Testing

@testable import Observability

struct WorkerLogHandlerTests {
    @Test func `metadata is merged, the message's own wins, and keys are sorted`() {
        let collector = RecordCollector()
        var logger = collector.logger()
        logger[metadataKey: "b"] = "logger"
        logger[metadataKey: "a"] = "logger"
        logger.info("m", metadata: ["b": "message", "c": ["x", "y"]])
        #expect(collector.records.first?.metadata.map(\.key) == ["a", "b", "c"])
        #expect(collector.records.first?.metadata.map(\.value.flattened) == ["logger", "message", "[x, y]"])
    }

    @Test func `what a metadata provider and an error know is added`() {
        let collector = RecordCollector()
        var logger = collector.logger()
        logger.handler.metadataProvider = Logger.MetadataProvider { ["case": "c1"] }
        logger.error("m", error: SystemError(5))
        #expect(collector.records.first?.metadata.map(\.key) == ["case", "error"])
        #expect(collector.records.first?.metadata.last?.value == .text("SystemError(code: 5)"))
    }

    @Test func `secrets are replaced in messages and in values at any depth`() {
        let redactor = Redactor()
        redactor.register(["hunter2"])
        let collector = RecordCollector()
        collector.logger(redactor: redactor)
            .info(
                "login hunter2",
                metadata: ["a": "hunter2", "b": ["hunter2", ["k": "x hunter2 y"]], "c": "\(["hunter2"])"])
        let record = collector.records[0]
        #expect(record.message == "login ***")
        #expect(record.metadata.map(\.value.flattened) == ["***", "[***, {k: x *** y}]", "[\"***\"]"])
    }

    @Test func `metadata nested without end is still written, without secrets`() {
        let redactor = Redactor()
        redactor.register(["hunter2"])
        var value: Logger.MetadataValue = "hunter2"
        for _ in 0..<50 { value = ["k": value] }
        let collector = RecordCollector()
        collector.logger(redactor: redactor).info("m", metadata: ["deep": value])
        let text = collector.records[0].metadata[0].value.flattened
        #expect(text.contains("***") && !text.contains("hunter2"))
    }

    @Test func `the level of the process may change at any time, a logger's own stays`() {
        let level = Mutex(Logger.Level.error)
        let collector = RecordCollector()
        let logger = collector.logger(level: { level.withLock { $0 } })
        var chatty = logger
        chatty.logLevel = .debug
        logger.info("dropped")
        chatty.debug("written")
        level.withLock { $0 = .info }
        logger.info("written too")
        #expect(collector.messages == ["written", "written too"])
    }
}
