import pytest, pathlib, io, subprocess
from tests.factories.referrals import *
from tests.factories.notices import NoticeFactory
from registry import seals
pytestmark=pytest.mark.django_db
def test_try():
    row=absent()
    t=__import__('time')
    from reregistration.referral import demands, grounds
    print(file.reasons_against(row, ground_of("absence"), READY_ON))
    seals.seal(at=noon(READY_ON))
    r=prepared(row, language="ru")
    pathlib.Path("/tmp/ref.pdf").write_bytes(uploads.read(r.file))
    pathlib.Path("/tmp/ref.json").write_bytes(uploads.read(r.content))
    print(r, r.file.size, r.content.size)
