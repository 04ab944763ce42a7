import pytest

from serving.models.embedded.chat.demands import Candidate, demands_of, meets
from serving.models.embedded.chat.wording import QuestionWords

AROUND = "Billing\nT2 and T3 instances are billed by the hour."
CASES = [
    # How many: a number of that thing.
    ("how many orders have been cancelled so far", "An order can be cancelled within 14 days.", False),
    ("How many contacts may a customer register?", "A customer registers up to five contacts.", True),
    ("How many days does a refund take?", "A refund takes two weeks.", True),
    ("How many units of the E1 Edge 4 were sold?", "The E1 Edge 4 has a modem.", False),
    ("How many people work in Galway?", "Some 1,240 work in Galway.", True),
    ("How many orders were placed?", "Orders of 500 dollars are approved at once.", False),
    ("How many people work in Galway?", "In Galway, shifts begin at 01:00 and 13:00.", False),
    ("How many orders have a discount?", "Orders take more than 10 and up to 20 percent.", False),
    ("How many employees are there per team?", "New employees of a team hear 20 calls first.", False),
    ("How many employees are there?", "Each of the employees chooses between two laptops.", False),
    ("How many employees are there?", "Of the employees, 20 are in the office.", True),
    ("How many employees are there?", "In May the firm had 642 permanent employees.", True),
    ("How many employees are there?", "The total number of employees rose to 20 people.", True),
    # How long, how much, when: a quantity, a price, a time.
    ("How long does support keep a ticket?", "Support keeps a ticket.", False),
    ("How long does support keep a ticket?", "Support keeps it until the contract ends.", True),
    ("How long is it good for?", "The credit is 300 dollars.", False),
    ("How much does a visit cost?", "A visit costs 80 euros.", True),
    ("How much is the call-out fee?", "The call-out fee is 95 pounds.", True),
    ("What do we charge for a copy?", "A copy is charged at 30 pence.", True),
    ("How many visits were there?", "Visits cost 95 pounds each.", False),
    ("How much does a visit cost?", "A visit is announced 3 days before.", False),
    ("What did we pay for water?", "Water causes 4,870 tonnes of waste.", False),
    ("What did we pay for water?", "Water cost 300 euros.", True),
    ("What did we use, in dollars?", "We used 4,870 tonnes.", False),
    ("When is the freeze?", "The time without changes is called the freeze.", False),
    ("When is the freeze?", "The freeze begins on 18 December.", True),
    ("How old is Ada Byron?", "Ada Byron is called after 8 hours.", False),
    ("How old is Ada Byron?", "Ada Byron was born in 1815.", True),
    ("How old is the hall?", "The hall was built in 1974.", True),
    ("What does a roll of thin film cost?", "A roll is 500 mm wide and weighs 20 kg.", False),
    ("What does a roll of thin film cost?", "A roll costs 14 euros.", True),
    ("How long does the contract last?", "It was signed on 14 January 2026.", False),
    ("How long does the contract last?", "It lasts until 14 January 2029.", True),
    ("How long did he stay?", "He stayed from 2019 to 2021.", True),
    ("How many people work at Acme?", "Acme s.r.o., Main Hill 12, Ostrava, is the supplier.", False),
    ("How many people work at Acme?", "Acme Ltd, 4 Weir Road, is the buyer.", False),
    # A kind of thing is written in its own way.
    ("How heavy may a pallet be?", "Enter the height of a pallet in centimetres, up to 250 cm.", False),
    ("How heavy may a pallet be?", "A pallet may have up to 800 kg.", True),
    ("How heavy may a pallet be?", "Largest load of a pallet: 800", True),
    ("Wie schwer darf eine Palette sein?", "Eine Palette darf 250 cm hoch sein.", False),
    ("Wie schwer darf eine Palette sein?", "Eine Palette darf 800 kg haben.", True),
    ("What does the HB-2 weigh?", "Model: HB-2; Belt width (mm): 600; Max. load (kg): 160", False),
    ("What does the HB-2 weigh?", "The HB-2 takes a load of up to 160 kg.", False),
    ("What does the HB-2 weigh?", "Gewicht (kg), HB-2: 151", True),
    ("How heavy is the HB-2?", "The HB-2 is delivered with 151 kg.", True),
    ("Wie viel wiegt das HB-2?", "Das HB-2 hat eine Traglast von 160 kg.", False),
    ("Wie schwer ist das HB-2?", "Das HB-2 wiegt 151 kg.", True),
    ("How wide is the gate?", "The gate weighs 80 kg.", False),
    ("How wide is the gate?", "The gate is 3.5 m wide.", True),
    ("What's the phone number of the office?", "The office is closed on Sundays.", False),
    ("What's the phone number of the office?", "Call the office at 0115 496 0000.", True),
    ("Until what time is the canteen open?", "The canteen opens on working days.", False),
    ("Until what time is the canteen open?", "The canteen is open until 14:30.", True),
    ("What percentage is withheld?", "The sum is withheld for a year.", False),
    ("What percentage is withheld?", "Five per cent is withheld.", True),
    # What many things come to stands in no sentence about one of them.
    ("Which customers opened the most tickets?", "A customer opens a ticket by phone.", False),
    ("Which region has the most regions nearby?", "Galway has the most.", True),
    ("What is the average rating?", "Customers rate from 1 to 5.", False),
    ("which invoices are overdue right now?", "Invoices are due after 30 days.", False),
    # A designation, and the attribute of a thing with a name.
    ("When will the G3 come out?", "The G2 came out in 2024.", False),
    ("When is the form 10K due?", "A form 10-K is due in March.", True),
    ("When is the form 10K due?", "A form 10-KT is due in March.", False),
    ("When was ISO9001 renewed?", "ISO 9001 was renewed in 2024.", True),
    ("When will the G3 come out?", "The G30 came out in 2024.", False),
    ("When did T2 leave the price list?", "It left the price list in 2025.", True),
    ("What is Ada Byron's phone number?", "The chief executive is Ada Byron.", False),
    ("What is the salary of Ada Byron?", "Ada Byron is paid a salary of 100 dollars.", True),
    ("What's Ada Byron's phone number?", "The chief executive is Ada Byron.", False),
    # Somebody, a deadline, what can be carried.
    ("Who checked the crane?", "The crane can be used with a load of 8 tonnes.", False),
    ("Who checked the crane?", "The crane was checked by Derek Mossman.", True),
    ("Who approves trips?", "Trips are approved by the head of department.", True),
    ("Who approves trips?", "Trips of 1,500 euros have to be approved in writing.", False),
    ("How late may I hand in receipts?", "Receipts are handed in within 60 days.", True),
    ("How late may I hand in receipts?", "Receipts are handed in with the form.", False),
    ("How much can the crane carry?", "The crane is replaced at the end of May 2025.", False),
    ("How much can the crane carry?", "The crane may be used with a load of 8 tonnes.", True),
    ("How long does a password have to be?", "A password has at least 14 characters.", True),
    ("What is not in the charge?", "The charge is 780 pounds a month.", False),
    ("What is not in the charge?", "The charge does not include electricity.", True),
    ("What isn't covered by the charge?", "Everything except electricity is covered.", True),
    ("What does the boat cost?", "Five samples cost 10 percent less.", False),
    ("What does the boat cost?", "The boat costs 900 pounds.", True),
    ("How big is the allowance of Ada Byron?", "Ada Byron has a room of 20 m.", False),
    ("who founded Acme?", "Acme was founded in 2021.", False),
    ("who founded Acme?", "Acme was founded by Ada Byron.", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "is_met"),
    [
        ("Klarin ist zwischen 5 und 25 °C zu lagern und 24 Monate haltbar.", False),
        ("Nach 3 Wochen im Lager werden Motoren geprüft.", False),
        ("Auf Lager sind 48 Motoren.", True),
    ],
)
def test_what_is_counted_in_german_is_neither_a_temperature_nor_a_time(
    sentence: str, *, is_met: bool
) -> None:
    question = "Wie viele Motoren sind insgesamt auf Lager?"
    wording = QuestionWords.of(question)
    read = wording.read(sentence)
    candidate = Candidate(read, read, is_english=wording.is_english)
    assert meets(demands_of(wording.read(question)), candidate) is is_met


@pytest.mark.parametrize(("question", "sentence", "is_met"), CASES)
def test_a_sentence_answers_what_it_has_the_kind_of_thing_for(
    question: str,
    sentence: str,
    *,
    is_met: bool,
) -> None:
    assert meets(demands_of(question), Candidate(sentence, f"{AROUND}\n{sentence}")) is is_met


@pytest.mark.parametrize(
    ("sentence", "is_row", "is_met"),
    [
        ("A customer account may run at most 40 Memory instances.", False, True),
        ("The number of instances is 12.", False, True),
        ("Instances carry a guarantee of 36 months and survive 20 errors.", False, False),
        ("A discount of more than 10 and up to 20 percent is approved at once.", False, False),
        ("One instance is free.", False, False),
        ("Region: Galway; Instances: 40", True, True),
        ("Discount on the instance: up to 10 percent; Approved by: nobody", True, False),
    ],
)
def test_what_rows_count_is_told_by_a_number_of_the_very_thing(
    sentence: str,
    *,
    is_row: bool,
    is_met: bool,
) -> None:
    asked = demands_of("How many instances may an account run?", frozenset({"instanc"}))
    assert meets(asked, Candidate(sentence, f"{AROUND}\n{sentence}", is_row)) is is_met


def test_what_speaks_of_other_years_alone_does_not_answer() -> None:
    asked = demands_of("What was the PUE in Galway in 2023?")
    for text, is_row, is_met in (
        ("Galway: PUE 2024: 1.21; PUE 2025: 1.18", True, False),
        ("Galway: PUE 2023: 1.25; PUE 2024: 1.21", True, True),
        ("The PUE in Galway is 1.2; it was measured in 2024.", False, False),
        ("The PUE in Galway fell to 1.2 in 2023, from 1.3 in 2022.", False, True),
        ("The PUE in Galway is 1.2.", False, True),
    ):
        assert meets(asked, Candidate(text, text, is_row=is_row)) is is_met
    among = Candidate("The PUE in Galway is 1.2.", "Report 2024. The PUE in Galway is 1.2.")
    assert not meets(asked, among)
    since = demands_of("Who has led the site in Galway since before 2020?")
    assert meets(since, Candidate("Ann Byrne has led it since 2011.", "Galway"))


def test_a_row_does_not_say_of_itself_that_it_outdoes_the_others() -> None:
    asked = demands_of("Which article has the highest price?")
    for text, is_row, is_met in (
        ("Article: drill; Price: 129.90; Latest delivery: 3 May", True, False),
        ("Highest price of an article: 129.90", True, True),
        ("The drill has a higher price than all the others.", False, True),
    ):
        assert meets(asked, Candidate(text, text, is_row=is_row)) is is_met
    plain = demands_of("What is the rest of the price?")
    assert meets(plain, Candidate("Article: drill; Price: 129.90", "", is_row=True))


def test_a_sentence_that_outdoes_the_other_way_round_or_not_at_all_does_not_answer() -> None:
    for question, text, is_met in (
        ("Which plant has the lowest turnover?", "The largest plant is in Kassel.", False),
        ("Which plant has the lowest turnover?", "Passau has the smallest turnover.", True),
        ("Which ship has the largest crew?", "The longest voyage led to Osaka.", False),
        ("Which ship has the largest crew?", "The fleet consists of five ships.", False),
        ("Which ship has the largest crew?", "Delphin has more crew than Aurora.", True),
        ("At what time may I come at the earliest?", "Come between 07:00 and 19:00.", True),
        ("Which ship has more crew than all others?", "Corona has a crew of 20.", False),
        ("Which region has the fewest customers?", "Most customers live in the north.", False),
        ("Which office opened last?", "The Graz office is the newest.", True),
        ("How long does the debate last?", "It lasts for 45 minutes.", True),
        ("What is the most important reason?", "An important reason is the price.", True),
    ):
        assert meets(demands_of(question), Candidate(text, text)) is is_met, question


def test_no_row_of_many_says_what_all_come_to() -> None:
    for question, text, is_met in (
        ("What is the total capacity of the fleet?", "Ship: Aurora; Capacity: 12,400", False),
        ("What is the total capacity of the fleet?", "Ship: Total; Capacity: 134,900", True),
        ("What do the plants employ altogether?", "All plants, Employees: 971", True),
        ("What do the plants employ altogether?", "Kassel, Employees: 310", False),
    ):
        assert meets(demands_of(question), Candidate(text, text, is_row=True)) is is_met, question


@pytest.mark.parametrize(
    ("row", "is_met"),
    [
        ("Channel: Stand at the sailing week; Budget (EUR): 16,400; Starts: 19 June", False),
        ("Task: Stand at the sailing week; By: Abel Nwosu", True),
        ("Step: Purchase above 500; Approved by: CFO", True),
        ("Step: Purchase above 500; Owner: M. B.", True),
    ],
)
def test_a_row_tells_who_where_a_cell_or_its_column_speaks_of_somebody(
    row: str,
    *,
    is_met: bool,
) -> None:
    asked = demands_of("Who looks after the stand?")
    assert meets(asked, Candidate(row, f"{AROUND}\n{row}", is_row=True)) is is_met


@pytest.mark.parametrize(
    ("text", "is_met"),
    [
        ("Sicherheitsbeauftragter ist Herr Malte Jensen, Raum 20.", False),
        ("Malte Jensen bekommt ein Monatsgehalt von 3.000 Euro.", True),
    ],
)
def test_what_is_asked_of_somebody_in_german_is_spoken_of(
    text: str,
    *,
    is_met: bool,
) -> None:
    asked = demands_of("how big is the Gehalt of Malte Jensen?")
    assert meets(asked, Candidate(text, text, is_english=False)) is is_met
