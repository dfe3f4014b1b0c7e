"""Rows. Rules that must always hold live here as constraints; what changes rows lives in `delivery/`."""

from affiliate.models.alert import Alert, AlertChannel, AlertMute, Incident
from affiliate.models.attempt import Attempt, StatusPoll
from affiliate.models.ban import Ban
from affiliate.models.change import SettingChange
from affiliate.models.check import ConnectionCheck
from affiliate.models.heartbeat import Heartbeat
from affiliate.models.lead import Lead, LeadChange, StatusChange
from affiliate.models.lead_import import ImportPart, LeadImport, RowError
from affiliate.models.look import LeadLook
from affiliate.models.network import Network, NetworkState
from affiliate.models.not_taken import NotTaken
from affiliate.models.offer import Flow, Geo, Offer
from affiliate.models.postback import Postback
from affiliate.models.report import Report, ReportAddress, ReportHost
from affiliate.models.sandbox import SandboxAccount, SandboxOrder
from affiliate.models.second_factor import SecondFactor
from affiliate.models.sign_in import FailedSignIn
from affiliate.models.source import Source, SourceKey
from affiliate.models.statistics import ChangedHours, DayCount, HourCount
from affiliate.models.word import SeenWords, StatusWord, WordChange

__all__ = [
    "Alert",
    "AlertChannel",
    "AlertMute",
    "Attempt",
    "Ban",
    "ChangedHours",
    "ConnectionCheck",
    "DayCount",
    "FailedSignIn",
    "Flow",
    "Geo",
    "Heartbeat",
    "HourCount",
    "ImportPart",
    "Incident",
    "Lead",
    "LeadChange",
    "LeadImport",
    "LeadLook",
    "Network",
    "NetworkState",
    "NotTaken",
    "Offer",
    "Postback",
    "Report",
    "ReportAddress",
    "ReportHost",
    "RowError",
    "SandboxAccount",
    "SandboxOrder",
    "SecondFactor",
    "SeenWords",
    "SettingChange",
    "Source",
    "SourceKey",
    "StatusChange",
    "StatusPoll",
    "StatusWord",
    "WordChange",
]
