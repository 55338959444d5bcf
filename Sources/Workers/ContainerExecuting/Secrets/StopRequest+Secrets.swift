extension StopRequest {
    /// Of a signal. SIGUSR1 is how an operator ends tasks whose credentials are to be replaced.
    init(endedBy reason: String, _ secrets: TaskSecrets) async {
        if reason == "SIGUSR1", let expiry = await secrets.expiry {
            self.init(.credentials(expire: expiry))
        } else {
            self.init(.signal(reason.isEmpty ? "an order to stop" : reason))
        }
    }
}
