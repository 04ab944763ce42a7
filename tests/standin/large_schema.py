"""A company's whole warehouse as a schema: 2,000 tables of forty departments, and what is asked.

Names follow a style for each department, as systems bought over twenty years do. Every table has
its history, archive and staging copy, so that no word leads to one table alone.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tools.sql.schema import Column, ForeignKey, Schema, Table

DEPARTMENTS = {
    "sales": "customer,order,order line,quotation,price list,discount,territory,campaign response,contract,commission",
    "purchasing": "supplier,purchase order,requisition,goods receipt,vendor rating,tender,framework agreement,delivery note,buyer,reorder rule",
    "hr": "employee,department,position,leave request,absence,appraisal,skill,dependent,work permit,job grade",
    "payroll": "payslip,salary component,deduction,bonus,tax class,pay period,bank transfer,overtime claim,pension plan,wage garnishment",
    "warehouse": "storage bin,stock level,pallet,pick list,inventory count,stock movement,shelf,forklift,packing station,consignment",
    "logistics": "shipment,carrier,freight rate,route,customs declaration,container,delivery stop,proof of delivery,depot,dispatch",
    "manufacturing": "work order,bill of materials,machine,production line,shift,scrap report,routing step,batch,mould,operator",
    "quality": "inspection,defect,nonconformity,corrective action,calibration,audit finding,sampling plan,test certificate,measuring device,complaint",
    "maintenance": "asset,maintenance plan,breakdown,spare part,technician,work permit order,meter reading,downtime,lubrication task,warranty claim",
    "finance": "invoice,payment,ledger account,cost center,journal entry,budget,fiscal period,dunning notice,credit note,exchange rate",
    "treasury": "bank account,cash forecast,loan,hedge,deposit,counterparty,bond,interest payment,liquidity plan,guarantee",
    "tax": "tax return,tax rate,vat registration,withholding,tax authority,transfer price,duty,exemption,tax audit,fiscal year",
    "legal": "lawsuit,clause,trademark,patent,law firm,settlement,power of attorney,regulation,hearing,nda",
    "marketing": "campaign,lead,newsletter,banner,landing page,survey,event,sponsor,coupon,audience",
    "ecommerce": "cart,wishlist,product review,checkout,click,session,return label,gift card,recommendation,storefront",
    "support": "ticket,escalation,knowledge article,agent,service level,call recording,chat transcript,satisfaction score,callback,macro",
    "fleet": "vehicle,driver,fuel card,trip,accident,tyre change,toll,leasing contract,traffic fine,charging station",
    "travel": "trip request,expense report,hotel stay,flight booking,per diem,travel policy,visa,mileage claim,receipt,rail ticket",
    "training": "course,lesson,enrolment,instructor,exam,certificate,classroom,curriculum,attendance,feedback form",
    "recruiting": "vacancy,applicant,interview,offer letter,referral,assessment,job board,onboarding task,reference check,talent pool",
    "property": "building,tenant,lease,rent payment,floor,meeting room,cleaning contract,key handover,elevator,parking space",
    "energy": "power plant,turbine,outage,substation,tariff,grid connection,load profile,emission,solar panel,smart meter",
    "lab": "sample,assay,reagent,instrument,protocol,freezer,result value,specimen,culture,titration",
    "clinical": "patient,diagnosis,prescription,ward,surgery,allergy,lab order,nurse,admission,vital sign",
    "insurance": "policy,policyholder,premium,coverage,underwriter,beneficiary,risk class,broker,endorsement,renewal",
    "claims": "claim,adjuster,loss event,reserve,payout,recovery,fraud flag,witness,repair estimate,subrogation",
    "telecom": "subscriber,sim card,cell tower,call record,data bundle,roaming partner,handset,porting request,antenna,outage ticket",
    "billing": "billing cycle,usage record,subscription,rate plan,late fee,refund,invoice run,payment method,billing dispute,proration",
    "banking": "account holder,debit card,branch,standing order,overdraft,atm,wire transfer,safe deposit box,statement,teller",
    "lending": "mortgage,installment,collateral,credit score,borrower,default event,loan application,interest rate,repayment plan,guarantor",
    "retail": "store,cashier,receipt line,promotion,loyalty member,till,planogram,supplier delivery,markdown,footfall",
    "hotel": "room,reservation,guest,housekeeping task,minibar item,room rate,conference,spa booking,lost item,breakfast",
    "restaurant": "menu item,ingredient,recipe,table booking,waiter,kitchen order,tip,supplier order,allergen,tasting",
    "airline": "flight,aircraft,crew member,boarding pass,gate,baggage,frequent flyer,seat map,delay,fuel uplift",
    "shipping": "vessel,voyage,port call,bill of lading,cargo,crew contract,charter,bunker,berth,demurrage",
    "farming": "field,crop,harvest,livestock,irrigation,fertilizer,tractor,seed lot,milk yield,veterinary visit",
    "mining": "pit,drill hole,blast,ore grade,haul truck,stockpile,tailings dam,geologist,assay result,conveyor",
    "education": "student,semester,grade,scholarship,faculty,thesis,dormitory,tuition fee,lecture,degree program",
    "library": "book,borrower card,hold,overdue fine,author,publisher,branch library,catalog entry,periodical,shelf mark",
    "security": "badge,access log,visitor,incident,camera,guard shift,alarm,vulnerability,firewall rule,evacuation drill",
}  # fmt: skip
GENERIC = "document,comment,attachment,setting,user log,note,tag,address,contact,calendar"
COPIES = ("", "history", "archive", "staging")
MEASURES = "amount,quantity,duration,weight,score,cost,distance,rating,balance,length".split(",")
FILLERS = "created at,updated at,created by,remarks,source system,is active,valid from,external ref,checksum,language".split(
    ","
)
STATES = "open closed cancelled pending approved rejected shipped overdue draft blocked".split()
ABBREVIATED = {"customer": "cust", "order": "ord", "employee": "empl", "department": "dept",
               "invoice": "inv", "quantity": "qty", "account": "acct", "number": "no"}  # fmt: skip
ASKING = (
    "What is the total {measure} of {one} in {department}?",
    "How many {one} does each {two} have?",
    "List the {many} whose status is {state}, with their {measure}",
    "average {measure} of {one} per {two}",
    "Which {two} has the highest {measure} of {one}?",
    "Show me {department} {many} by month for 2024",
    "Which {two} had no {one} at all last year?",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the tables without which it cannot be answered."""

    question: str
    needed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Thing:
    department: str
    words: str
    table: str
    parent: "int | None"
    measure: str


def large_schema(*, seed: int = 7) -> tuple[Schema, tuple[Asked, ...]]:
    """Two thousand tables with their keys, and a hundred and forty questions; always the same."""
    chance = random.Random(seed)  # noqa: S311  # no secret: the same every time
    things = list(_things(chance))
    tables = [table for thing in things for table in _tables(thing, things, chance)]
    return Schema("postgres", tuple(tables), f"large-{seed}"), tuple(_questions(things, chance))


def _things(chance: random.Random) -> Iterator[_Thing]:
    place = 0
    for department, listed in DEPARTMENTS.items():
        first = place
        style = chance.choice((_snake, _prefixed, _camel, _run_together, _abbreviated))
        for position, words in enumerate(listed.split(",")):
            parent = None if position == 0 else chance.randrange(max(first, place - 3), place)
            table = style(department, words)
            yield _Thing(department, words, table, parent, chance.choice(MEASURES))
            place += 1


def _tables(thing: _Thing, things: list[_Thing], chance: random.Random) -> Iterator[Table]:
    is_first = thing.parent is None
    for copy in COPIES:
        name = f"{thing.table}_{copy}" if copy else thing.table
        keys = () if copy or is_first else (_key(things[thing.parent or 0]),)
        yield Table(name, tuple(_columns(thing, things, chance)), keys, _comment(thing, copy))
    generic = GENERIC.split(",")[list(DEPARTMENTS[thing.department].split(",")).index(thing.words)]
    columns = (Column("id", "bigint", nullable=False, primary_key=True),)
    texts = (Column(part.replace(" ", "_"), "text", nullable=True) for part in FILLERS)
    yield Table(_snake(thing.department, f"{thing.department} {generic}"), (*columns, *texts))


def _columns(thing: _Thing, things: list[_Thing], chance: random.Random) -> Iterator[Column]:
    yield Column("id", "bigint", nullable=False, primary_key=True)
    if thing.parent is not None:
        yield Column(_key_name(things[thing.parent]), "bigint", nullable=True)
    yield Column("name", "varchar(80)", nullable=True)
    states = tuple(chance.sample(STATES, 4))
    yield Column("status", "varchar(12)", nullable=True, samples=states)
    yield Column(
        thing.measure, "numeric(12,2)", nullable=True, comment=f"{thing.measure} in base units"
    )
    for filler in chance.sample(FILLERS, 6):
        yield Column(filler.replace(" ", "_"), "text", nullable=True)
    for number in range(chance.randrange(12)):
        yield Column(f"attribute_{number}", "varchar(40)", nullable=True)


def _key(parent: _Thing) -> ForeignKey:
    return ForeignKey((_key_name(parent),), parent.table, ("id",))


def _key_name(parent: _Thing) -> str:
    return f"{parent.words.replace(' ', '_')}_id"


def _comment(thing: _Thing, copy: str) -> str:
    said = f"{thing.words} records of {thing.department}"
    return f"{said}, {copy} copy" if copy else said if len(thing.words) % 3 == 0 else ""


def _questions(things: list[_Thing], chance: random.Random) -> Iterator[Asked]:
    for number in range(140):
        thing = chance.choice([t for t in things if t.parent is not None])
        parent = things[thing.parent or 0]
        form = ASKING[number % len(ASKING)]
        needed = (thing.table, parent.table) if "{two}" in form else (thing.table,)
        if "{two}" in form and number % 3 == 0 and parent.parent is not None:
            far = things[parent.parent]
            needed, parent = (thing.table, parent.table, far.table), far  # by way of a third table
        asked = form.format(one=_plural(thing.words), many=_plural(thing.words), two=parent.words,
                            measure=thing.measure, department=thing.department,
                            state=chance.choice(STATES))  # fmt: skip
        yield Asked(asked, needed)


def _plural(words: str) -> str:
    if words.endswith("y") and words[-2] not in "aeiou":
        return f"{words[:-1]}ies"
    return words if words.endswith("s") else f"{words}{'es' if words.endswith('ch') else 's'}"


def _snake(department: str, words: str) -> str:
    return words.replace(" ", "_")


def _prefixed(department: str, words: str) -> str:
    return f"{department[:3]}_{words.replace(' ', '_')}"


def _camel(department: str, words: str) -> str:
    return f"{department.title()}{words.title().replace(' ', '')}"


def _run_together(department: str, words: str) -> str:
    return f"{department[:4]}_{words.replace(' ', '')}"


def _abbreviated(department: str, words: str) -> str:
    return f"t_{'_'.join(ABBREVIATED.get(word, word) for word in words.split())}"
