import DockerClient
import MesosExecutor
import Testing

@testable import ContainerExecuting

@Suite struct LimitRuleTests {
    private func host(
        cpus: Double, memory: Double = 0, hostCPUs: Int = 4, _ change: (inout ExecutorSettings) -> Void
    ) throws -> HostSpecification {
        var settings = ExecutorSettings()
        change(&settings)
        var surroundings = Sample.surroundings
        surroundings.hostCPUs = hostCPUs
        let task = Sample.task(resources: [
            .init(name: "cpus", scalar: cpus), .init(name: "mem", scalar: memory), .init(name: "disk", scalar: 7),
        ])
        return try Sample.make(task, settings, in: surroundings).host
    }

    @Test func nothingIsLimitedUnlessAskedFor() throws {
        let host = try host(cpus: 2, memory: 64) { $0.useCPUShares = true }
        #expect(host.cpuQuota == nil && host.cpuPeriod == nil && host.cpuShares == nil && host.memory == nil)
    }

    @Test(arguments: [(1.5, 75_000), (0.25, 12_500), (0.001, 1_000), (64, 3_200_000)] as [(Double, Int64)])
    func quotas(cpus: Double, quota: Int64) throws {
        let host = try host(cpus: cpus) { $0.forceCPULimit = true }
        #expect(host.cpuPeriod == 50_000 && host.cpuQuota == quota && host.cpuShares == nil)
    }

    @Test(
        arguments: [(1, 4, 256), (2, 4, 512), (8, 4, 1024), (0.001, 4, 2), (1, 0, 1024), (0.5, 1, 512)]
            as [(Double, Int, Int64)])
    func shares(cpus: Double, hostCPUs: Int, shares: Int64) throws {
        let host = try host(cpus: cpus, hostCPUs: hostCPUs) {
            $0.forceCPULimit = true
            $0.useCPUShares = true
        }
        #expect(host.cpuShares == shares && host.cpuQuota == nil && host.cpuPeriod == nil)
    }

    @Test func memory() throws {
        #expect(try host(cpus: 0, memory: 512) { $0.forceMemoryLimit = true }.memory == 536_870_912)
        #expect(try host(cpus: 0, memory: 0.5) { $0.forceMemoryLimit = true }.memory == 524_288)
        #expect(try host(cpus: 0, memory: 0) { $0.forceMemoryLimit = true }.memory == nil)
        #expect(try host(cpus: .infinity, memory: .infinity) { $0.forceMemoryLimit = true }.memory == 1 << 62)
        #expect(try host(cpus: .nan, memory: .nan) { $0.forceMemoryLimit = true }.memory == nil)
    }
}
