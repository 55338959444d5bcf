import Logging
import Observability
import VaultClient

/// How the executor comes by a token: the one that it was given; else the one that the executors of this host share;
/// else by logging in.
struct TokenSource: Sendable {
    struct Acquired: Sendable, Equatable {
        var token: String
        /// Nobody else will use it, so it is to be given back.
        var isOnlyOurs: Bool
    }

    /// So long before its end a shared token is not taken any more.
    static let margin: Duration = .seconds(3600)
    /// A token is asked for that much longer, for what comes between asking and using.
    static let surplus: Duration = .seconds(600)
    /// Another executor that logs in takes as long as its requests may take.
    static let patience: Duration = .seconds(60)

    let settings: VaultSettings
    let client: VaultClient
    var patience = TokenSource.patience
    private let logger = Logger(label: ContainerWorker.role)

    init(_ settings: VaultSettings, client: VaultClient, patience: Duration = TokenSource.patience) {
        self.settings = settings
        self.client = client
        self.patience = patience
    }

    func acquire() async throws -> Acquired {
        if let token = settings.configuration.token { return Acquired(token: token, isOnlyOurs: false) }
        guard let file = settings.tokenFile.map(TokenFile.init(path:)) else {
            return Acquired(token: try await login(for: settings.tokenLifetime + Self.surplus).value, isOnlyOurs: true)
        }
        var refused: String?
        if let token = try await shared(file, but: &refused) { return Acquired(token: token, isOnlyOurs: false) }
        let lock = try await lock(file)
        defer { withExtendedLifetime(lock) {} }
        // Who held the lock before has most likely logged in.
        if lock != nil, let token = try await shared(file, but: &refused) {
            return Acquired(token: token, isOnlyOurs: false)
        }
        let token = try await login(for: settings.tokenLifetime + Self.surplus).value
        guard lock != nil else { return Acquired(token: token, isOnlyOurs: true) }
        do throws(SandboxError) {
            try file.write(token)
            return Acquired(token: token, isOnlyOurs: false)
        } catch {
            logger.warning("the Vault token is not shared: \(error)")
            return Acquired(token: token, isOnlyOurs: true)
        }
    }

    /// Logs in with user name and password, and has the token last for so long.
    func login(for lifetime: Duration) async throws -> VaultToken {
        guard let username = settings.username, let password = settings.password else {
            throw TokenError()
        }
        let token = try await client.login(user: username, password: password)
        Redactor.shared.register([token.value])
        logger.info("logged in to Vault", metadata: ["address": "\(settings.configuration.place)"])
        guard token.isRenewable else { return token }
        do throws(VaultError) {
            let renewed = try await client.with(token: token.value).renewSelf(lifetime)
            if let granted = renewed.lifetime, granted + .seconds(10) < lifetime {
                logger.warning("Vault's token ends before it is wanted to: it lasts \(granted), not \(lifetime)")
            }
            return renewed
        } catch {
            if error.kind == .cancelled { throw error }
            logger.warning("the Vault token lasts as long as it does: \(error)")
            return token
        }
    }

    /// The token in the file, if Vault takes it.
    ///
    /// - Parameter refused: one that it did not take, which is not tried again.
    private func shared(_ file: TokenFile, but refused: inout String?) async throws(VaultError) -> String? {
        switch file.read(youngerThan: settings.tokenLifetime - Self.margin) {
        case .none(let why):
            logger.info("no Vault token in \(file.path): \(why)")
            return nil
        case .token(let token):
            guard token != refused else { return nil }
            Redactor.shared.register([token])
            do throws(VaultError) {
                if let left = try await client.with(token: token).lookUpSelf().lifetime, left < Self.leastLife {
                    logger.info("the Vault token in \(file.path) ends in \(left)")
                    refused = token
                    return nil
                }
                return token
            } catch {
                switch error.kind {
                case .forbidden, .notFound, .refused:
                    logger.warning("the Vault token in \(file.path) is of no use: \(error)")
                    refused = token
                    return nil
                case .unreachable, .unavailable, .unexpected, .cancelled: throw error
                }
            }
        }
    }

    /// What is left of a token must do for what it is wanted for; one may end sooner than the file's age tells.
    private static let leastLife: Duration = .seconds(60)

    /// nil: without it, this executor logs in for itself.
    private func lock(_ file: TokenFile) async throws -> SandboxLock? {
        do {
            if let lock = try await file.lock(within: patience) { return lock }
            logger.warning("others have held \(file.path).lock for \(patience)")
        } catch let error as SandboxLockError {
            logger.warning("the Vault token is not shared: \(error)")
        }
        return nil
    }
}

/// There is no way to get a token.
struct TokenError: Error, CustomStringConvertible {
    var description: String {
        "cannot log in to Vault: set VAULT_USERNAME and VAULT_PASSWORD, or VAULT_TOKEN, in the executor's environment"
    }
}
