"""The Berka data: a Czech bank's clients, accounts, orders, statements and loans of 1993–98, anonymised, published for PKDD'99.

`python manage.py import_berka FOLDER [--report FILE]` reads them into an empty house whose business date starts on 1993-01-01:

    CREDENCE_DATA=~/credence-berka python manage.py import_berka ~/data/berka --report berka.json

Nothing has to run; the embedded database is started and stopped around the command. FOLDER holds district.asc, client.asc,
account.asc, disp.asc, order.asc, loan.asc, and the transactions in two slices: trans*.asc from 1993 on as far as it goes (its last
line may be cut), and feup_trans_test.csv with the whole history of some accounts before their loan.

Afterwards the bank stands on the day after the last complete day of the first slice. Loans granted by then were replayed day by day
through the close of day; loans of accounts in the second slice wait in investigation, scored by scorecards that had not seen them.
Start the house with the same CREDENCE_DATA and sign in as in the demo. An import that was interrupted goes on where it was when
it is called again with the same files; called once more after its end it changes nothing and gives the same report.
"""

from config.berka.importer import import_berka
from config.berka.standing import UnableToImport

__all__ = ["UnableToImport", "import_berka"]
