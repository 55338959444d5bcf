import Profiling

/// The page that lists the profiles, and the processes to take them of.
struct ProfileIndex: Sendable {
    let instance: String
    /// The workers' roles, as far as they are known.
    let roles: [String]

    var html: HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>/debug/pprof/ of complainer (\(instance))</title>
        <style>\(StatusPage.style)</style>
        </head>
        <body>
        <header><h1>/debug/pprof/ <small>of complainer (\(instance))</small></h1></header>
        \(table)\
        <p>Try <code>go tool pprof -http=: http://HOST:PORT/debug/pprof/profile?worker=poller</code>. \
        Without <code>worker</code> a profile is of all of them, and the label <code>worker</code> tells them apart.</p>
        </body>
        </html>

        """
    }

    private var table: HTML {
        let rows = ProfilePages.all.map { page -> HTML in
            let links = roles.map { role -> HTML in
                "<a href=\"\(page.name)?worker=\(role)\">\(role)</a> "
            }
            return """
                <tr><td><a href="\(page.name)">\(page.name)</a></td><td>\(page.about)</td><td>\(links)</td></tr>

                """
        }
        return """
            <table>
            <thead><tr><th>page</th><th>what it tells</th><th>of the worker</th></tr></thead>
            <tbody>
            \(rows)\
            </tbody>
            </table>

            """
    }
}
