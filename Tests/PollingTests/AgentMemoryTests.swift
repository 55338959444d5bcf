import MesosClient
import Testing

@testable import Polling

@Suite struct AgentMemoryTests {
    private var memory = AgentMemory()

    private mutating func add(_ numbers: Range<Int>) {
        for number in numbers { memory.add(AgentRecord(id: "S\(number)", hostname: "host-\(number)")) }
    }

    @Test mutating func whatIsRemovedIsRememberedForAWhile() {
        add(0..<2000)
        for number in 0..<1500 { memory.remove("S\(number)") }
        #expect(memory.count == 1500)
        #expect(memory["S499"] == nil && memory["S500"]?.hostname == "host-500")
    }

    @Test mutating func anAgentThatComesBackStays() {
        add(0..<2000)
        memory.remove("S0")
        add(0..<1)
        for number in 1..<1500 { memory.remove("S\(number)") }
        #expect(memory["S0"] != nil)
    }

    @Test mutating func whatADocumentDoesNotTellAnyMoreIsRememberedForAWhile() {
        memory.beginDocument()
        add(0..<3000)
        memory.beginDocument()
        add(2500..<3000)
        #expect(memory["S0"]?.hostname == "host-0", "its tasks may be told in this very document")
        memory.beginDocument()
        #expect(memory.count == 1500 && memory["S0"] == nil && memory["S2499"] != nil)
        add(2500..<3000)
        for _ in 0..<5 { memory.beginDocument() }
        #expect(memory.count == AgentMemory.mostGone, "nothing is told any more")
        #expect(memory["S2999"] != nil)
    }

    @Test mutating func agentsOfWhichTheMasterSaysNothingDoNotStayForEver() {
        add(0..<AgentMemory.mostIdle)
        #expect(!memory.isCrowded)
        add(AgentMemory.mostIdle..<(AgentMemory.mostIdle + 10))
        #expect(memory.isCrowded)
        memory.prune(busy: ["S0", "S1"])
        #expect(!memory.isCrowded && memory.count == AgentMemory.mostIdle + 2)
        #expect(memory["S0"] != nil && memory["S2"] == nil && memory["S10"] != nil)
    }
}
