import Profiling

/// Where profiles are asked for: gives those of this process.
struct ProfileDesk: Sendable {
    /// This process's role.
    let own: String

    func answer(_ request: ProfileRequest) async -> ProfileAnswer {
        guard ProfilePages.all.contains(where: { $0.name == request.page }) else {
            return .problem(ProfilePages.unknown(request.page), status: 404)
        }
        if let worker = request.parameters["worker"], worker != own {
            return .problem("Only the server can be asked so far, and without worker", status: 404)
        }
        return await ProfilePages.answer(request)
    }
}
