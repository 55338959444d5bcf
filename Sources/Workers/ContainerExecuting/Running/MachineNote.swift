import Logging

extension ExecutorMachine.Note {
    func log(_ logger: Logger) {
        switch self {
        case .subscribed: logger.info("subscribed with the agent")
        case .disconnected(let reason, let delay):
            logger.warning("no connection with the agent: \(reason)", metadata: ["retry-in": "\(delay)"])
        case .agentLost(let reason): logger.error("the agent is lost: \(reason)")
        case .launched(let id): logger.info("got a task", metadata: ["task": "\(id)"])
        case .refused(let what): logger.error("refused a task: \(what)")
        case .killAsked(let id): logger.info("the framework wants the task killed", metadata: ["task": "\(id)"])
        case .shutdownAsked: logger.info("the agent wants the executor to shut down")
        case .passedOver(let what): logger.warning("passed over \(what)")
        case .idle(let patience): logger.error("no task has come", metadata: ["within": "\(patience)"])
        case .acknowledged: logger.debug("the agent acknowledged an update")
        }
    }
}
