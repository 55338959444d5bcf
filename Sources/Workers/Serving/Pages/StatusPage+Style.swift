extension StatusPage {
    /// For light and dark screens, wide and narrow ones.
    static let style: HTML = """
        :root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --busy: #9a6700; --quiet: #6e7781 }
        @media (prefers-color-scheme: dark) {
          :root { --good: #3fb950; --bad: #f85149; --busy: #d29922; --quiet: #8b949e }
        }
        body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 88rem; padding: 1rem }
        header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .75rem }
        h1 { font-size: 1.4rem; margin: 0 } h1 small { font-weight: normal }
        h2 { font-size: 1.05rem; margin: 1.75rem 0 .5rem }
        table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto }
        thead, tbody { width: 100% }
        th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line) }
        th { font-weight: 600; font-size: .85rem; white-space: nowrap } time { white-space: nowrap }
        .muted { color: var(--quiet) }
        .badge { border: 1px solid; border-radius: 1rem; padding: 0 .55em; font-size: .82rem; white-space: nowrap;
          display: inline-block }
        .good { color: var(--good) } .bad { color: var(--bad) } .busy { color: var(--busy) } .quiet { color: var(--quiet) }
        .notes { border: 1px solid var(--bad); border-left-width: .4rem; border-radius: .3rem; padding: .6rem 2rem }
        .tiles { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: 1rem }
        .tile { border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .9rem; font-size: .88rem }
        .tile b { display: block; font-size: 1.35rem }
        details { min-width: 14rem }
        summary { cursor: pointer; font-weight: 600; overflow-wrap: anywhere }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; font-size: .88rem }
        dt { color: var(--quiet) } dd { margin: 0; overflow-wrap: anywhere }
        pre { border-left: 3px solid var(--line); padding-left: .7rem; font-size: .82rem; white-space: pre-wrap;
          overflow-wrap: anywhere; max-height: 24rem; overflow-y: auto }
        footer { margin-top: 2rem; font-size: .85rem }
        """
}
