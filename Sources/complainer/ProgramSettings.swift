import Complaints
import Reporting
import Uploading

extension SettingsRegistry {
    /// Everything that this program can be told: the core's settings, and those that each uploader and each reporter
    /// brings along.
    static let program = SettingsRegistry(
        uploaders: UploaderRegistry.owners, reporters: ReporterRegistry.all.map(\.owner))
}
