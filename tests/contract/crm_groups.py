"""The CRM's contract about companies, and about segments that we and people fill."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.ports.crm import CompanyJoin, MemberChange, NewCompany, segment_handle
from syncd.ports.verdicts import Changed, Done, InDoubt
from tests.contract.crm_world import NEEDS

NAME = "Linked before: home builders"
# Neither of them can be taken away again by the means that clean up after a live test.
ALONE = "companies and segments stay behind"
LAG = 3600  # longer than any index is behind


class GroupsContract:
    # companies

    @pytest.mark.simulated(ALONE)
    def test_a_company_is_made_with_its_people_and_found_by_them_at_once(self, world):
        world.settled()
        ada, bob = world.known(world.ada), world.known(world.bob)
        new = NewCompany("c1", "site.example", "Site", (ada, bob))
        [made] = world.crm.create_companies([new])
        assert isinstance(made, Done)
        found = world.crm.companies_of([ada, bob])
        assert {one.id for several in found.values() for one in several} == {made.id}
        assert found[ada][0].domain == "site.example"
        assert found[ada][0].name == "Site"
        assert set(world.crm.contacts_at([made.id])[made.id]) == {ada, bob}

    @pytest.mark.simulated(ALONE)
    def test_a_company_is_found_by_its_domain_once_the_index_knows_it(self, world):
        world.settled()
        ada = world.known(world.ada)
        first = world.crm.create_companies([NewCompany("c1", "site.example", "Site", (ada,))])[0]
        world.crm.create_companies([NewCompany("c2", "site.example", "Again", (ada,))])
        world.clock.advance(LAG)
        many = [f"site{number}.example" for number in range(150)]
        found = world.crm.find_companies([*many, "site.example"])
        assert {domain: one.id for domain, one in found.items()} == {"site.example": first.id}

    @pytest.mark.simulated(ALONE)
    def test_a_company_whose_answer_was_lost_is_found_by_its_people(self, world):
        world.settled()
        ada = world.known(world.ada)
        world.lose_answers()
        [lost] = world.crm.create_companies([NewCompany("c1", "site.example", "Site", (ada,))])
        assert isinstance(lost, InDoubt)
        world.heal()
        [company] = world.crm.companies_of([ada])[ada]
        assert company.domain == "site.example"

    @pytest.mark.simulated(ALONE)
    def test_a_company_for_somebody_who_is_gone_spoils_no_other(self, world):
        world.settled()
        ada = world.known(world.ada)
        good, gone = world.crm.create_companies(
            [
                NewCompany("c1", "site.example", "Site", (ada,)),
                NewCompany("c2", "other.example", "Other", (world.nobody,)),
            ]
        )
        assert isinstance(good, Done)
        assert isinstance(gone, Changed)

    @pytest.mark.simulated(ALONE)
    def test_joining_a_company_may_be_repeated_and_takes_nothing_away(self, world):
        world.settled()
        ada, bob = world.known(world.ada), world.known(world.bob)
        companies = world.crm.create_companies(
            [
                NewCompany("c1", "site.example", "Site", (ada,)),
                NewCompany("c2", "other.example", "Other", (bob,)),
            ]
        )
        first, second = [one.id for one in companies]
        for _ in range(2):
            joins = [CompanyJoin("j1", second, ada), CompanyJoin("j2", first, world.nobody)]
            done, gone = world.crm.join_companies(joins)
            assert done == Done(second)
            assert isinstance(gone, Changed)
        assert {one.id for one in world.crm.companies_of([ada])[ada]} == {first, second}

    def test_who_belongs_to_no_company_is_absent(self, world):
        world.settled()
        ada = world.known(world.ada)
        assert not world.crm.companies_of([ada]).get(ada)

    # segments

    def segment(self, world) -> str:
        """A segment that stands; its id."""
        world.settled()
        needs = replace(NEEDS, segments=(NAME,))
        [missing] = world.crm.readiness(needs).missing
        assert missing.handle == segment_handle(NAME)
        assert NAME in missing.summary
        made = world.crm.provide(missing)
        assert isinstance(made, Done)
        again = world.crm.provide(missing)
        assert (again.id, again.found) == (made.id, True)
        found = world.crm.readiness(needs)
        assert not found.missing
        assert found.handles[segment_handle(NAME)] == made.id
        world.transport.calls.clear()
        return made.id

    @pytest.mark.simulated(ALONE)
    def test_a_segment_is_made_once_and_empty(self, world):
        assert world.crm.members(self.segment(world)) == frozenset()

    @pytest.mark.simulated(ALONE)
    def test_members_come_and_go_in_one_call(self, world):
        segment = self.segment(world)
        ada, bob, eve = world.known(world.ada), world.known(world.bob), world.known(world.eve)
        into = [MemberChange(one, segment, one, joins=True) for one in (ada, bob)]
        assert world.crm.change_members(into) == [Done(ada), Done(bob)]
        world.transport.calls.clear()
        changes = [
            MemberChange("a", segment, ada, joins=False),
            MemberChange("e", segment, eve, joins=True),
        ]
        assert world.crm.change_members(changes) == [Done(ada), Done(eve)]
        assert len(world.transport.calls) == 1
        assert world.crm.members(segment) == {bob, eve}

    @pytest.mark.simulated(ALONE)
    def test_what_a_person_did_before_is_told_as_no_change(self, world):
        segment = self.segment(world)
        ada, bob = world.known(world.ada), world.known(world.bob)
        world.crm.change_members([MemberChange("a", segment, ada, joins=True)])
        again = [
            MemberChange("a", segment, ada, joins=True),
            MemberChange("b", segment, bob, joins=False),
        ]
        first, second = world.crm.change_members(again)
        assert (first.left, second.left) == (("member",), ("member",))
        assert world.crm.members(segment) == {ada}

    @pytest.mark.simulated(ALONE)
    def test_a_member_who_is_gone_spoils_no_other(self, world):
        segment = self.segment(world)
        ada = world.known(world.ada)
        changes = [MemberChange(one, segment, one, joins=True) for one in (ada, world.nobody)]
        done, gone = world.crm.change_members(changes)
        assert done == Done(ada)
        assert isinstance(gone, Changed)

    @pytest.mark.simulated(ALONE)
    def test_a_segment_that_is_gone_is_changed(self, world):
        world.settled()
        ada = world.known(world.ada)
        change = MemberChange("a", world.nobody, ada, joins=True)
        assert isinstance(world.crm.change_members([change])[0], Changed)
        with pytest.raises(Changed):
            world.crm.members(world.nobody)

    @pytest.mark.simulated(ALONE)
    def test_a_lost_answer_about_members_is_in_doubt_and_may_be_repeated(self, world):
        segment = self.segment(world)
        ada = world.known(world.ada)
        world.lose_answers()
        change = MemberChange("a", segment, ada, joins=True)
        assert isinstance(world.crm.change_members([change])[0], InDoubt)
        world.heal()
        assert isinstance(world.crm.change_members([change])[0], Done)
        assert world.crm.members(segment) == {ada}

    @pytest.mark.simulated("300 people are known")
    def test_every_member_is_told_however_many(self, world):
        segment = self.segment(world)
        people = [world.known(world.address(f"m{number}")) for number in range(300)]
        for start in range(0, len(people), 100):
            some = people[start : start + 100]
            world.crm.change_members([MemberChange(o, segment, o, joins=True) for o in some])
        assert world.crm.members(segment) == set(people)
