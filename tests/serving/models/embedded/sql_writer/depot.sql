-- What imports leave behind: text among numbers, dates as numbers and as text.
CREATE TABLE parcels (
    id INTEGER PRIMARY KEY,
    city TEXT NOT NULL,
    weight_kg REAL,
    insured_value INTEGER,
    ordered_at DATE NOT NULL,
    shipped_on TEXT,
    delivered_at INTEGER,
    inspected_day INTEGER
);
INSERT INTO parcels VALUES
    (1, 'Bonn', 2.5, 100, '2026-02-27', '01.03.2026', 1772496000, 20260305),
    (2, 'Bonn', '', 50, '2026-03-30', '02.04.2026', 1775174400, 20260405),
    (3, 'Cologne', 'n/a', 'unknown', '2026-04-06', '09.04.2026', 1775779200, 20260412),
    (4, 'Cologne', 7.5, 300, '2026-04-18', '20.04.2026', 1777680000, 20260502),
    (5, 'Jena', 4.0, 20, '2026-04-30', '03.05.2026', 1777939200, 20260505);
