extension HostSpecification: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: DockerKey.self)
        func list<Value: Encodable & Collection>(_ value: Value, _ key: DockerKey) throws {
            if !value.isEmpty { try fields.encode(value, forKey: key) }
        }
        func some(_ value: (some Encodable)?, _ key: DockerKey) throws {
            if let value { try fields.encode(value, forKey: key) }
        }
        try list(binds, "Binds")
        try list(mounts, "Mounts")
        try list(portBindings, "PortBindings")
        try some(networkMode, "NetworkMode")
        try fields.encode(isPrivileged, forKey: "Privileged")
        try list(addedCapabilities, "CapAdd")
        try list(droppedCapabilities, "CapDrop")
        try list(dns, "Dns")
        try list(dnsSearch, "DnsSearch")
        try list(extraHosts, "ExtraHosts")
        try list(ulimits, "Ulimits")
        try some(sharedMemory, "ShmSize")
        try list(tmpfs, "Tmpfs")
        try list(devices, "Devices")
        if logDriver != nil || !logOptions.isEmpty {
            var log = fields.nestedContainer(keyedBy: DockerKey.self, forKey: "LogConfig")
            try log.encodeIfPresent(logDriver, forKey: "Type")
            try log.encode(logOptions, forKey: "Config")
        }
        try fields.encode(hasReadOnlyRoot, forKey: "ReadonlyRootfs")
        try some(hasInit, "Init")
        try list(securityOptions, "SecurityOpt")
        try list(sysctls, "Sysctls")
        try some(memory, "Memory")
        try some(memoryAndSwap, "MemorySwap")
        try some(pidsLimit, "PidsLimit")
        try some(cpuPeriod, "CpuPeriod")
        try some(cpuQuota, "CpuQuota")
        try some(cpuShares, "CpuShares")
        try some(ipcMode, "IpcMode")
        try some(pidMode, "PidMode")
        try some(runtime, "Runtime")
        try list(groups, "GroupAdd")
        try list(storageOptions, "StorageOpt")
        try some(oomScoreAdjustment, "OomScoreAdj")
        try some(volumeDriver, "VolumeDriver")
    }
}

extension Mount: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: DockerKey.self)
        try fields.encode(source, forKey: "Source")
        try fields.encode(target, forKey: "Target")
        try fields.encode(isReadOnly, forKey: "ReadOnly")
        switch kind {
        case .bind: try fields.encode("bind", forKey: "Type")
        case .volume(let driver, let options):
            try fields.encode("volume", forKey: "Type")
            guard driver != nil || !options.isEmpty else { return }
            var volume = fields.nestedContainer(keyedBy: DockerKey.self, forKey: "VolumeOptions")
            var configuration = volume.nestedContainer(keyedBy: DockerKey.self, forKey: "DriverConfig")
            try configuration.encodeIfPresent(driver, forKey: "Name")
            try configuration.encode(options, forKey: "Options")
        }
    }
}
