import SidecarClient

extension TaskContainer {
    private var sidecar: SidecarClient {
        SidecarClient(
            url: settings.sidecarURL,
            patience: .init(
                timeout: settings.httpTimeout, retries: settings.sidecarRetryCount, pause: settings.sidecarRetryDelay),
            http: http)
    }

    /// Asks Sidecar how the container is, again and again, until it was unhealthy too often: so many times in a row. nil
    /// when nobody wants to know any more, or never did.
    func watchHealth(_ id: String) async -> Int? {
        guard ContainerConfiguration.isWatchedBySidecar(task) else { return nil }
        let host = variables["TASK_HOST"] ?? ""
        var rule = HealthRule(maxFails: settings.sidecarMaxFails)
        try? await Task.sleep(for: settings.sidecarBackoff)
        while !Task.isCancelled {
            let verdict: HealthRule.Verdict
            do throws(SidecarError) {
                verdict = rule.judge(.status(try await sidecar.status(host: host, container: id)))
            } catch {
                if error.kind == .cancelled { return nil }
                verdict = rule.judge(.unknown(error))
            }
            switch verdict {
            case .healthy: break
            case .assumedHealthy(let why): logger.warning("assuming that the container is healthy: \(why)")
            case .failing(let count):
                logger.warning("Sidecar says the container is unhealthy", metadata: ["in-a-row": "\(count)"])
            case .failed(let count):
                logger.error("Sidecar says the container is unhealthy, too often", metadata: ["in-a-row": "\(count)"])
                return count
            }
            try? await Task.sleep(for: settings.sidecarPollInterval)
        }
        return nil
    }

    /// Asks Sidecar to send the container no more traffic; whether it will.
    func drain(_ id: String) async -> Bool {
        logger.info("draining in Sidecar", metadata: ["for": "\(settings.sidecarDrainingDuration)"])
        do throws(SidecarError) {
            try await sidecar.drain(container: id)
            return true
        } catch {
            logger.warning("not drained: \(error)")
            return false
        }
    }
}
