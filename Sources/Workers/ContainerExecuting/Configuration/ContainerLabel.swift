/// The labels by which our containers are known.
public enum ContainerLabel {
    public static let task = "sidecar-executor.task"
    public static let framework = "sidecar-executor.framework"
    public static let executor = "sidecar-executor.executor"
    /// The folder of the executor that made it, by its path on the host: of every run another one.
    public static let sandbox = "sidecar-executor.sandbox"
}
