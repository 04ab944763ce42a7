import pytest

from serving.models.embedded.english.plain import plain

CASES = {
    "How many orders were cancelled so far?": "How many orders were cancelled?",
    "Which songs are called So Far Away?": "Which songs are called So Far Away?",
    'Who wrote "leave out the cat"?': 'Who wrote "leave out the cat"?',
    'Who wrote "up to now" so far?': 'Who wrote "up to now"?',
    "Orders per region. Leave out the cancelled ones.": "Orders per region excluding cancelled ones.",
    "Leaving out returns, how many sales were there?": "how many sales were there excluding returns?",
    "how many sales, returns not counted": "how many sales excluding returns ",
    "orders with more than 20% off": "orders with more than 20 percent discount",
    "Who are the five biggest customers by revenue?": "Who are the top five customers by revenue?",
    "Which models can you not buy anymore?": "Which models can you no longer buy?",
    "Which models did we stop selling?": "Which models no longer selling?",
    "how many tickets arent closed": "how many tickets are not closed",
    "closed tickets nobody rated, count": "closed tickets that were not rated, count",
    "which shop brought us the most money over the years": "which shop has the most revenue",
    "how did orders develop over the years": "orders by year",
    "How has revenue changed since 2022?": "revenue by year since 2022",
    "How did the number of tickets evolve in 2024?": "the number of tickets by month in 2024",
    "how has the number of orders changed from year to year": "the number of orders by year",
    "Show me the development of revenue over the months in 2024": "revenue by month in 2024",
    "What is the trend of average satisfaction?": "average satisfaction by year",
    "revenue over time": "revenue by month",
    "customers per region over the years": "customers per region by year",
    "how many orders did we get over the years": "how many orders did we get",
    "How did the price of Crag 220 change?": "How did the price of Crag 220 change?",
    "How do I change the password?": "How do I change the password?",
    "tickets over 5 years": "tickets over 5 years",
    "How many new members joined in 2023?": "How many members joined in 2023?",
    "How many new members are there?": "How many new members are there?",
    "revenue 2025 by region": "revenue in 2025 by region",
    "orders before 2025": "orders before 2025",
    "Which bus is the oldest? The plate is enough.": "Which bus is the oldest? The plate enough.",
    "How many orders has Mr. Ashdown approved?": "How many orders has Ashdown approved?",
    "best-selling lamp by units?": "best-selling lamp?",
    "Which lamps sold by units?": "Which lamps sold by units?",
    "Which lamp is the heaviest and how much is it?": "Which lamp is the heaviest?",
    "who has the most orders, and how many are they": "who has the most orders",
    "The lamps of Ann Hale and how much is it?": "The lamps of Ann Hale and what is the total?",
    "best customers of all time?": "best customers?",
    "Which models were discontinued in 2025?": "Which models no longer sold in 2025?",
    "Did we win more new customers in 2025 or 2024?": "how many customers in 2025 vs in 2024?",
    "Who is in charge of the lamps?": "Who is responsible of the lamps?",
    "How happy were customers with the handling of big orders?": "average satisfaction of big orders?",
    "average mark by how urgent the ticket was": "average mark by urgent",
    "And what does that come to in total?": "And what is the total?",
    "How many doctors are dr in mr mode?": "How many doctors are dr in mr mode?",
    "What is the average time to close a ticket?": "how long on average to close a ticket?",
}


@pytest.mark.parametrize(("question", "said"), CASES.items())
def test_one_thing_is_said_in_one_way(question: str, said: str) -> None:
    assert plain(question) == said
