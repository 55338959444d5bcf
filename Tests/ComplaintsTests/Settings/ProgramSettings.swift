import Complaints
import Reporting
import Uploading

/// The settings of the whole program, which the contract is about.
extension SettingsRegistry {
    static let standard = SettingsRegistry(
        uploaders: UploaderRegistry.owners, reporters: ReporterRegistry.all.map(\.owner))
}
