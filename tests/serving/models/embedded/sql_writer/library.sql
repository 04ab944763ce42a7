CREATE TABLE branches ( -- places where books are lent
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL, -- quarter of the city
    opened_on DATE NOT NULL
);
INSERT INTO branches VALUES (1, 'Harbour', '2001-05-02'), (2, 'Old Mill', '2012-09-17'), (3, 'Station', '2020-01-06');

CREATE TABLE authors (
    id INTEGER PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    country TEXT
);
INSERT INTO authors VALUES
(1, 'Ines', 'Falk', 'Austria'), (2, 'Tomas', 'Reyes', 'Chile'),
(3, 'Ada', 'Quill', NULL), (4, 'Jon', 'Hale', 'Iceland');

CREATE TABLE books (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    genre TEXT NOT NULL,
    pages INTEGER NOT NULL,
    price NUMERIC(8,2) NOT NULL,
    published_on DATE NOT NULL,
    is_reference BOOLEAN NOT NULL
);
INSERT INTO books VALUES
(1, 'Salt Roads', 'History', 410, 32.00, '2019-03-01', 0),
(2, 'The Glass Tide', 'Novel', 288, 18.50, '2021-06-15', 0),
(3, 'The Glass Tide Companion', 'Novel', 120, 12.00, '2022-02-01', 1),
(4, 'Moss', 'Poetry', 96, 14.00, '2023-10-10', 0),
(5, 'Atlas of Small Rivers', 'Reference', 640, 75.00, '2015-01-20', 1),
(6, 'Night Ferries', 'Novel', 352, 21.00, '2024-04-04', 0);

CREATE TABLE book_authors (
    book_id INTEGER NOT NULL REFERENCES books (id),
    author_id INTEGER NOT NULL REFERENCES authors (id),
    PRIMARY KEY (book_id, author_id)
);
INSERT INTO book_authors VALUES (1, 1), (2, 2), (3, 2), (3, 1), (4, 3), (5, 1), (6, 2);

CREATE TABLE members (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT,
    branch_id INTEGER NOT NULL REFERENCES branches (id), -- home branch
    joined_on DATE NOT NULL
);
INSERT INTO members VALUES
(1, 'Mina Okoro', 'mina@example.org', 1, '2022-01-11'),
(2, 'Pavel Brandt', NULL, 1, '2023-05-30'),
(3, 'Suri Lane', 'suri@example.org', 2, '2023-11-02'),
(4, 'Odd Nilsen', NULL, 3, '2024-02-14'),
(5, 'Ruth Abel', 'ruth@example.org', 1, '2025-07-01');

CREATE TABLE loans (
    id INTEGER PRIMARY KEY,
    book_id INTEGER NOT NULL REFERENCES books (id),
    member_id INTEGER NOT NULL REFERENCES members (id),
    lent_on DATE NOT NULL,
    returned_on DATE, -- NULL while on loan
    fine NUMERIC(6,2), -- paid when late; NULL for none
    status TEXT NOT NULL
);
INSERT INTO loans VALUES
(1, 1, 1, '2024-01-05', '2024-01-20', NULL, 'returned'),
(2, 2, 1, '2024-03-11', '2024-04-30', 4.50, 'returned'),
(3, 2, 2, '2024-06-01', '2024-06-20', NULL, 'returned'),
(4, 6, 3, '2024-12-20', NULL, NULL, 'overdue'),
(5, 2, 3, '2025-02-02', '2025-02-28', 1.00, 'returned'),
(6, 4, 1, '2025-03-03', NULL, NULL, 'open'),
(7, 6, 5, '2025-07-20', '2025-08-01', NULL, 'returned'),
(8, 1, 4, '2025-09-09', NULL, NULL, 'open'),
(9, 2, 5, '2025-10-01', NULL, NULL, 'open');
