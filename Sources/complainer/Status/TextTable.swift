/// Lines with aligned columns.
struct TextTable {
    private var rows: [[String]]

    init(_ head: [String]) {
        rows = [head]
    }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// Two spaces between columns, none at the end of a line; an empty cell is a dash.
    var lines: [String] {
        let cells = rows.map { row in row.map { $0.isEmpty ? "-" : $0 } }
        let columns = cells.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            cells.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return cells.map { row in
            var line = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
