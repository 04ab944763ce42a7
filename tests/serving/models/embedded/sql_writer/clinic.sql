CREATE TABLE departments (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    floor INTEGER NOT NULL
);
INSERT INTO departments VALUES ('CAR', 'Cardiology', 2), ('DER', 'Dermatology', 1), ('PED', 'Pediatrics', 1);

CREATE TABLE doctors (
    doctor_id INTEGER PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    department_code TEXT NOT NULL REFERENCES departments (code),
    hired_on DATE NOT NULL,
    salary INTEGER NOT NULL
);
INSERT INTO doctors VALUES
(1, 'Lena', 'Orsini', 'CAR', '2015-04-01', 98000),
(2, 'Karim', 'O''Dell', 'CAR', '2020-10-01', 87000),
(3, 'Vera', 'Stone', 'DER', '2018-02-15', 81000),
(4, 'Otto', 'Lind', 'PED', '2023-08-01', 74000);

CREATE TABLE patients (
    patient_id INTEGER PRIMARY KEY,
    full_name TEXT NOT NULL,
    city TEXT,
    birth_year INTEGER NOT NULL,
    is_insured BOOLEAN NOT NULL,
    insurer TEXT
);
INSERT INTO patients VALUES
(1, 'Rosa Kern', 'Bremen', 1958, 1, 'Nordkasse'),
(2, 'Tim Baum', 'Bremen', 1990, 0, NULL),
(3, 'Ida Moor', 'Celle', 2016, 1, 'Nordkasse'),
(4, 'Ida Moor', 'Bremen', 1984, 1, 'NORDKASSE'),
(5, 'Paul Voss', NULL, 1971, 0, NULL);

CREATE TABLE visits (
    visit_id INTEGER PRIMARY KEY,
    patient_id INTEGER NOT NULL REFERENCES patients (patient_id),
    doctor_id INTEGER NOT NULL REFERENCES doctors (doctor_id),
    visited_on DATE NOT NULL,
    duration_minutes INTEGER NOT NULL,
    fee NUMERIC(8,2), -- NULL for not billed
    outcome TEXT NOT NULL
);
INSERT INTO visits VALUES
(1, 1, 1, '2024-11-04', 30, 120.00, 'treated'),
(2, 1, 1, '2025-01-13', 45, 150.00, 'referred'),
(3, 2, 3, '2025-01-20', 15, 60.00, 'treated'),
(4, 3, 4, '2025-02-03', 20, NULL, 'treated'),
(5, 4, 2, '2025-02-17', 40, 140.00, 'cancelled'),
(6, 1, 3, '2025-03-10', 20, 60.00, 'treated'),
(7, 5, 2, '2025-06-30', 60, 210.00, 'treated');
