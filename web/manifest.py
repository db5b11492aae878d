"""The Office add-in's manifest: where Excel finds the pane and the functions, with the address of this server.

No namespace, so that `=BACKLOG(…)` reads the same here and under xlwings; one runtime shared by pane and functions, so
that a token given in the pane serves the cells. Reference: the manifest schemas of Office add-ins.
"""

from __future__ import annotations

import uuid
from importlib.metadata import version
from typing import Any
from xml.sax.saxutils import escape, quoteattr

NAME, PROVIDER = "Revenue Backlog", "Revenue Backlog"
DESCRIPTION = "Revenue backlog and ASC 606 schedules, live in the workbook."
_SPACE = uuid.UUID("5d1d1a4e-5c0f-4f53-9a5b-8d1f6a9ce6b1")


def identifier(base: str) -> str:
    """The add-in's id: the same for the same server, another for another, so that two may be installed side by side."""
    return str(uuid.uuid5(_SPACE, base))


def manifest_xml(base: str) -> str:
    """The manifest that every Excel takes: shared folder, admin centre, Mac and web."""
    urls = {
        "Pane.Url": f"{base}/addin/pane.html",
        "Script.Url": f"{base}/addin/pane.js",
        "Metadata.Url": f"{base}/addin/functions.json",
    }
    images = {f"Icon.{size}": f"{base}/addin/icon-{size}.png" for size in (16, 32, 80)}
    return _XML.format(
        id=identifier(base),
        version=_four(version("revenue-backlog")),
        base=escape(base, {'"': "&quot;"}),
        images=_resources("bt:Image", images),
        urls=_resources("bt:Url", urls),
    )


def manifest_json(base: str) -> dict[str, Any]:
    """The unified manifest, for Microsoft 365 tenants that take it."""
    runtime = {
        "id": "shared",
        "type": "general",
        "code": {"page": f"{base}/addin/pane.html"},
        "lifetime": "long",
        "actions": [{"id": "ShowPane", "type": "openPage", "view": "pane"}],
        "customFunctions": {"metadataUrl": f"{base}/addin/functions.json"},
        "requirements": {"capabilities": [{"name": "SharedRuntime", "minVersion": "1.1"}]},
    }
    icons = [{"size": size, "url": f"{base}/addin/icon-{size}.png"} for size in (16, 32, 80)]
    button = {
        "id": "ShowPaneButton", "type": "button", "label": NAME, "icons": icons, "actionId": "ShowPane",
        "supertip": {"title": NAME, "description": "Sign in, explain a figure, find a function, refresh."},
    }  # fmt: skip
    group = {"id": "BacklogGroup", "label": NAME, "icons": icons, "controls": [button]}
    return {
        "$schema": "https://developer.microsoft.com/json-schemas/teams/v1.24/MicrosoftTeams.schema.json",
        "manifestVersion": "1.24",
        "version": ".".join(_four(version("revenue-backlog")).split(".")[:3]),
        "id": identifier(base),
        "localizationInfo": {"defaultLanguageTag": "en-us", "additionalLanguages": []},
        "developer": {"name": PROVIDER, "websiteUrl": base, "privacyUrl": base, "termsOfUseUrl": base},
        "name": {"short": NAME, "full": NAME},
        "description": {"short": DESCRIPTION, "full": DESCRIPTION},
        "icons": {"outline": "icon-32.png", "color": "icon-192.png"},
        "accentColor": "#0B6B47",
        "validDomains": [base.partition("://")[2]],
        "authorization": {
            "permissions": {"resourceSpecific": [{"name": "Document.ReadWrite.User", "type": "Delegated"}]}
        },
        "extensions": [
            {
                "requirements": {"scopes": ["workbook"]},
                "runtimes": [runtime],
                "ribbons": [{"contexts": ["default"], "tabs": [{"builtInTabId": "TabHome", "groups": [group]}]}],
            }
        ],
    }


def _resources(tag: str, named: dict[str, str]) -> str:
    return "\n".join(f'        <{tag} id="{name}" DefaultValue={quoteattr(url)}/>' for name, url in named.items())


def _four(text: str) -> str:
    """A version of four numbers, as Office wants it."""
    numbers = [part for part in text.split(".") if part.isdecimal()][:4]
    return ".".join([*numbers, *["0"] * (4 - len(numbers))])


_XML = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<OfficeApp xmlns="http://schemas.microsoft.com/office/appforoffice/1.1"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:bt="http://schemas.microsoft.com/office/officeappbasictypes/1.0"
  xmlns:ov="http://schemas.microsoft.com/office/taskpaneappversionoverrides" xsi:type="TaskPaneApp">
  <Id>{id}</Id>
  <Version>{version}</Version>
  <ProviderName>Revenue Backlog</ProviderName>
  <DefaultLocale>en-US</DefaultLocale>
  <DisplayName DefaultValue="Revenue Backlog"/>
  <Description DefaultValue="Revenue backlog and ASC 606 schedules, live in the workbook."/>
  <IconUrl DefaultValue="{base}/addin/icon-32.png"/>
  <HighResolutionIconUrl DefaultValue="{base}/addin/icon-80.png"/>
  <SupportUrl DefaultValue="{base}"/>
  <AppDomains>
    <AppDomain>{base}</AppDomain>
  </AppDomains>
  <Hosts>
    <Host Name="Workbook"/>
  </Hosts>
  <Requirements>
    <Sets DefaultMinVersion="1.1">
      <Set Name="SharedRuntime" MinVersion="1.1"/>
      <Set Name="CustomFunctionsRuntime" MinVersion="1.1"/>
    </Sets>
  </Requirements>
  <DefaultSettings>
    <SourceLocation DefaultValue="{base}/addin/pane.html"/>
  </DefaultSettings>
  <Permissions>ReadWriteDocument</Permissions>
  <VersionOverrides xmlns="http://schemas.microsoft.com/office/taskpaneappversionoverrides" xsi:type="VersionOverridesV1_0">
    <Hosts>
      <Host xsi:type="Workbook">
        <Runtimes>
          <Runtime resid="Pane.Url" lifetime="long"/>
        </Runtimes>
        <AllFormFactors>
          <ExtensionPoint xsi:type="CustomFunctions">
            <Script>
              <SourceLocation resid="Script.Url"/>
            </Script>
            <Page>
              <SourceLocation resid="Pane.Url"/>
            </Page>
            <Metadata>
              <SourceLocation resid="Metadata.Url"/>
            </Metadata>
          </ExtensionPoint>
        </AllFormFactors>
        <DesktopFormFactor>
          <FunctionFile resid="Pane.Url"/>
          <ExtensionPoint xsi:type="PrimaryCommandSurface">
            <OfficeTab id="TabHome">
              <Group id="Backlog.Group">
                <Label resid="Group.Label"/>
                <Icon>
                  <bt:Image size="16" resid="Icon.16"/>
                  <bt:Image size="32" resid="Icon.32"/>
                  <bt:Image size="80" resid="Icon.80"/>
                </Icon>
                <Control xsi:type="Button" id="Backlog.Pane">
                  <Label resid="Button.Label"/>
                  <Supertip>
                    <Title resid="Button.Label"/>
                    <Description resid="Button.Tip"/>
                  </Supertip>
                  <Icon>
                    <bt:Image size="16" resid="Icon.16"/>
                    <bt:Image size="32" resid="Icon.32"/>
                    <bt:Image size="80" resid="Icon.80"/>
                  </Icon>
                  <Action xsi:type="ShowTaskpane">
                    <TaskpaneId>Backlog.Taskpane</TaskpaneId>
                    <SourceLocation resid="Pane.Url"/>
                  </Action>
                </Control>
              </Group>
            </OfficeTab>
          </ExtensionPoint>
        </DesktopFormFactor>
      </Host>
    </Hosts>
    <Resources>
      <bt:Images>
{images}
      </bt:Images>
      <bt:Urls>
{urls}
      </bt:Urls>
      <bt:ShortStrings>
        <bt:String id="Group.Label" DefaultValue="Revenue Backlog"/>
        <bt:String id="Button.Label" DefaultValue="Revenue Backlog"/>
      </bt:ShortStrings>
      <bt:LongStrings>
        <bt:String id="Button.Tip" DefaultValue="Sign in, explain a figure, find a function, refresh."/>
      </bt:LongStrings>
    </Resources>
  </VersionOverrides>
</OfficeApp>
"""
